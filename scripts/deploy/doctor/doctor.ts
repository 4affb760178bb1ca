/** Checks that everything is configured, reachable and consistent; each finding names the next step. */
import { Failure } from "../../lib/failure.ts";
import { checkClerkKeys } from "./checks/clerk_keys.ts";
import { checkDatabase } from "./checks/database.ts";
import { checkDepartures } from "./checks/departures.ts";
import { checkDuplicates } from "./checks/duplicates.ts";
import { type Finding, wrong } from "./finding.ts";
import { checkFunctions } from "./checks/functions.ts";
import { checkLedger } from "./checks/ledger.ts";
import { checkReads } from "./checks/reads.ts";
import { checkRealtime } from "./checks/realtime.ts";
import { checkReconcile } from "./checks/reconcile.ts";
import { checkSelling } from "./checks/selling.ts";
import { checkSessionToken } from "./checks/session_token.ts";
import { checkStripe } from "./checks/stripe.ts";
import type { DoctorTarget } from "./target.ts";
import { checkVariables } from "./checks/variables.ts";
import { checkWebhook } from "./checks/webhook.ts";

const CHECKS: Record<string, (target: DoctorTarget) => Promise<Finding[]>> = {
  Variables: checkVariables,
  Database: checkDatabase,
  Stripe: checkStripe,
  Clerk: checkClerkKeys,
  Functions: checkFunctions,
  Webhook: checkWebhook,
  Ledger: checkLedger,
  Reconcile: checkReconcile,
  Selling: checkSelling,
  Departures: checkDepartures,
  Duplicates: checkDuplicates,
  Reads: checkReads,
  Realtime: checkRealtime,
  Token: checkSessionToken,
};

/** Runs every check, in order of dependency. A check that throws becomes a finding, and the others still run. */
export async function examine(target: DoctorTarget): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [subject, check] of Object.entries(CHECKS)) {
    findings.push(...await check(target).catch((error) => [failed(subject, error, target)]));
  }
  return findings;
}

/** The findings as lines of text. */
export const report = (findings: readonly Finding[]): string =>
  findings.flatMap(({ state, what, next }) => [
    `${state === "wrong" ? "WRONG" : state.padEnd(5)}  ${what}`,
    ...(next === undefined ? [] : [`       → ${next}`]),
  ]).join("\n");

export const isHealthy = (findings: readonly Finding[]): boolean => findings.every(({ state }) => state !== "wrong");

function failed(subject: string, error: unknown, { repair }: DoctorTarget): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return wrong(
    `${subject}: ${message}`,
    error instanceof Failure
      ? "correct what the message names, then run the doctor again"
      : `try again, then ${repair}`,
  );
}
