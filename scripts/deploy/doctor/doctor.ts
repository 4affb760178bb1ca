/** What is configured, reachable and consistent; each finding says what to do next. */
import { Failure } from "../../lib/failure.ts";
import { checkClerkKeys } from "./checks/clerk_keys.ts";
import { checkDatabase } from "./checks/database.ts";
import { type Finding, wrong } from "./finding.ts";
import { checkFunctions } from "./checks/functions.ts";
import { checkLedger } from "./checks/ledger.ts";
import { checkReconcile } from "./checks/reconcile.ts";
import { checkSessionToken } from "./checks/session_token.ts";
import { checkStripe } from "./checks/stripe.ts";
import type { Target } from "./target.ts";
import { checkVariables } from "./checks/variables.ts";
import { checkWebhook } from "./checks/webhook.ts";

const CHECKS: Record<string, (target: Target) => Promise<Finding[]>> = {
  Variables: checkVariables,
  Database: checkDatabase,
  Stripe: checkStripe,
  Clerk: checkClerkKeys,
  Functions: checkFunctions,
  Webhook: checkWebhook,
  Ledger: checkLedger,
  Reconcile: checkReconcile,
  Token: checkSessionToken,
};

/** Looks at everything, in the order in which one thing needs another; what fails does not end the others. */
export async function examine(target: Target): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [subject, check] of Object.entries(CHECKS)) {
    findings.push(...await check(target).catch((error) => [failed(subject, error, target)]));
  }
  return findings;
}

/** As lines for a person. */
export const report = (findings: readonly Finding[]): string =>
  findings.flatMap(({ state, what, next }) => [
    `${state === "wrong" ? "WRONG" : state.padEnd(5)}  ${what}`,
    ...(next === undefined ? [] : [`       → ${next}`]),
  ]).join("\n");

export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ state }) => state !== "wrong");

function failed(subject: string, error: unknown, { repair }: Target): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return wrong(`${subject}: ${message}`, error instanceof Failure ? "see what it says" : `try again, then ${repair}`);
}
