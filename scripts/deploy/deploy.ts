/** A project from the variables to the doctor, step by step, each safe to repeat. */
import { createClerkClient } from "@clerk/backend";
import { Failure } from "../lib/failure.ts";
import type { Processes } from "../lib/processes.ts";
import type { Steps } from "../lib/steps.ts";
import { build } from "./build.ts";
import { asSomeUser } from "./clerk_session.ts";
import { confirmAccount, requireSameAccount } from "../lib/deployment.ts";
import { examine, isHealthy, report } from "./doctor/doctor.ts";
import { hostedTarget } from "./doctor/targets.ts";
import type { Endpoints } from "./endpoints.ts";
import { ensureEndpoint } from "./ensure_endpoint.ts";
import { fillCatalog } from "./first_fill.ts";
import type { Project } from "./project.ts";
import { projectCli } from "./project_cli.ts";
import { runBackfill } from "./run_backfill.ts";
import { SCHEDULE_BY_HAND, scheduleReconcile } from "./schedule.ts";
import { compareSecrets, sendSecrets } from "./secrets.ts";
import { describe, readAccount } from "../lib/stripe_account.ts";
import { openStripe } from "./stripe_sdk.ts";
import { register, steps as registrationSteps } from "./third_party_auth.ts";
import { clerkIssuer, requireSound, sentSecrets, sentVariables, type VariablesFile } from "./variables.ts";

/** How long a deploy waits for the first backfill, in milliseconds: a large account's takes hours. */
const PATIENCE = 600_000;

export interface DeployOptions {
  readonly project: Project;
  readonly file: VariablesFile;
  readonly endpoints: Endpoints;
  readonly live: boolean;
  readonly steps: Steps;
  readonly processes: Processes;
}

/**
 * Deploys, and lets the doctor look.
 *
 * @returns Whether the doctor found nothing wrong.
 * @throws Failure when a step fails: what comes after it was not begun
 */
export async function deploy({ steps: { step, note }, ...options }: DeployOptions): Promise<boolean> {
  const { project, file, endpoints, processes } = options;
  const issuer = clerkIssuer(file);

  // Until "Link" nothing is changed anywhere.
  await step(`Variables of "${file.path}"`, () => requireSound(file, options));
  const built = await step("Bundles", () => build(project.ref));
  const account = await step("Stripe account against the database", async () => {
    const account = await readAccount(endpoints.stripe, file.secrets.STRIPE_SECRET_KEY ?? "");
    await requireSameAccount(project.database, account);
    note(describe(account));
    return account;
  });

  const cli = projectCli(project, built, processes);
  await step(`Link to project ${project.ref}`, () => cli.link());
  await step("Migrations by supabase db push", async () => {
    const applied = await cli.pushMigrations();
    note(applied.length === 0 ? "all applied before" : applied.join(", "));
    await confirmAccount(project.database, account);
  });
  await step("Secrets", async () => {
    const secrets = sentSecrets(file);
    await sendSecrets(project.api, secrets);
    note(Object.keys(secrets).join(", "));
    const { left } = await compareSecrets(project.api, secrets, sentVariables());
    if (left.length > 0) note(`left as they are: ${left.join(", ")}`);
  });
  await step("Functions by supabase functions deploy", async () => {
    await cli.deployFunctions();
    note(built.functions.map(({ name }) => name).join(", "));
  });
  await step("Clerk as third-party auth", async () => {
    const registered = await register(project.api, issuer).catch((cause) => {
      if (!(cause instanceof Failure)) throw cause;
      throw new Failure(
        `${cause.message}\nRegister Clerk by hand: ${registrationSteps(project.ref, issuer)}; then deploy again`,
      );
    });
    note(registered ? issuer : `${issuer}, before`);
  });
  const { STRIPE_SECRET_KEY = "", RECONCILE_SECRET: secret = "" } = file.secrets;
  await step("Webhook endpoint at Stripe, and its secret", async () => {
    const stripe = openStripe(endpoints.stripe, STRIPE_SECRET_KEY);
    note((await ensureEndpoint({ project, file, stripe })).join(", "));
  });
  await step("First fill of the catalog", async () => note(await fill(options)));
  await step("Backfill of everything that Stripe has", async () => {
    const { state, counts } = await runBackfill({ url: project.url, secret, patience: PATIENCE });
    note(Object.entries(counts).map(([kind, count]) => `${count} ${kind}`).join(", ") || "nothing");
    if (state !== "done") note(`not done: go on with "npm run backfill"`);
  });
  await step("Schedule of stripe-reconcile", async () => {
    const answer = await scheduleReconcile(project.database, project.url, secret);
    note(answer === "scheduled" ? "once a minute" : `${answer}: ${SCHEDULE_BY_HAND}`);
  });

  const findings = await examine(await hostedTarget(options));
  console.log(`\n${report(findings)}`);
  return isHealthy(findings);
}

/** Listing Stripe is the functions' work, and they want a user, unless the catalog is public. */
async function fill({ project, file, endpoints }: Omit<DeployOptions, "steps">): Promise<string> {
  const { CATALOG_ACCESS, CLERK_SECRET_KEY: secretKey } = file.secrets;
  if (CATALOG_ACCESS === "public") {
    return `${await fillCatalog(project.url, () => Promise.resolve(undefined))} products on the first page`;
  }
  if (!secretKey?.startsWith("sk_test_")) return "left to the first user, because Clerk makes no session for us";

  const clerk = createClerkClient({ apiUrl: endpoints.clerk, secretKey, telemetry: { disabled: true } });
  const token = () => asSomeUser(clerk, (token) => Promise.resolve(token));
  if (await token() === undefined) return "left to the first user, because Clerk has none yet";
  return `${await fillCatalog(project.url, token)} products on the first page`;
}
