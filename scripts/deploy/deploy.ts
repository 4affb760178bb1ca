/** Deploys to a project, from validating the variables to running the doctor. Every step is safe to repeat. */
import { kindLabels } from "../../supabase/functions/_shared/contract/mirrored_kinds.ts";
import { createClerkClient } from "@clerk/backend";
import { Failure } from "../lib/failure.ts";
import type { Processes } from "../lib/processes.ts";
import type { Steps } from "../lib/steps.ts";
import { describe, readAccount } from "../lib/stripe_account.ts";
import { runBackfill } from "./backfill/run_backfill.ts";
import { formatCounts } from "./backfill/show_counts.ts";
import { withUserSession } from "./clerk/session.ts";
import { examine, isHealthy, report } from "./doctor/doctor.ts";
import { hostedDoctorTarget } from "./doctor/targets.ts";
import { build } from "./steps/build.ts";
import { fillCatalog } from "./steps/fill_catalog.ts";
import { projectCli } from "./steps/project_cli.ts";
import { SCHEDULE_BY_HAND, scheduleReconcile } from "./steps/schedule.ts";
import { compareSecrets, sendSecrets } from "./steps/secrets.ts";
import { registerClerk, registerClerkByHand } from "./steps/third_party_auth.ts";
import { confirmKey, requireSameAccount } from "../lib/deployment.ts";
import { requirePermissions } from "./stripe/permissions.ts";
import { openStripe } from "./stripe/sdk.ts";
import type { HostedTarget } from "./target/resolve_target.ts";
import {
  clerkIssuer,
  driverFor,
  requireValidVariables,
  sentSecrets,
  sentVariables,
} from "./variables/variables_file.ts";
import { ensureEndpoint } from "./webhook/ensure_endpoint.ts";
import { secretsOf } from "./webhook/secret.ts";

/** Milliseconds that a deployment waits for the first backfill, which takes hours for a large account. */
const BACKFILL_TIMEOUT_MS = 600_000;

export interface DeployOptions extends HostedTarget {
  readonly steps: Steps;
  readonly processes: Processes;
}

/**
 * Deploys, and runs the doctor.
 *
 * @returns Whether the doctor found nothing wrong.
 * @throws Failure when a step fails; the steps after it are not started
 */
export async function deploy({ steps: { step, note }, ...options }: DeployOptions): Promise<boolean> {
  const { project, file, urls, processes } = options;
  const { STRIPE_SECRET_KEY = "", RECONCILE_SECRET: reconcileSecret = "" } = file.secrets;
  const issuer = clerkIssuer(file);

  // Nothing is changed anywhere before "Link".
  await step(`Validate the variables in "${file.path}"`, () => requireValidVariables(file, options));
  const account = await step("Compare the Stripe account with the database's", async () => {
    const account = await readAccount(urls.stripe, STRIPE_SECRET_KEY);
    await requireSameAccount(project.database, account);
    await requirePermissions(urls.stripe, STRIPE_SECRET_KEY, { webhookByHand: secretsOf(file.secrets).length > 0 });
    note(describe(account));
    return account;
  });
  const built = await step("Bundle the functions", () => build(project.ref, driverFor(file)));

  const cli = projectCli(project, built, processes);
  await step(`Link to project ${project.ref}`, () => cli.link());
  await step("Apply migrations with supabase db push", async () => {
    const applied = await cli.pushMigrations();
    note(applied.length === 0 ? "none pending" : applied.join(", "));
    await confirmKey(project.database, account, STRIPE_SECRET_KEY);
  });
  await step("Send secrets", async () => {
    const secrets = sentSecrets(file);
    await sendSecrets(project.api, secrets);
    note(Object.keys(secrets).join(", "));
    const { onlyInProject } = await compareSecrets(project.api, secrets, sentVariables());
    if (onlyInProject.length > 0) note(`not in the file, left unchanged: ${onlyInProject.join(", ")}`);
  });
  await step("Upload functions with supabase functions deploy", async () => {
    await cli.deployFunctions();
    note(built.functions.map(({ name }) => name).join(", "));
  });
  await step("Register Clerk for third-party auth", async () => {
    const registered = await registerClerk(project.api, issuer).catch((cause) => {
      if (!(cause instanceof Failure)) throw cause;
      throw new Failure(
        `${cause.message}\nTo register Clerk by hand: ${registerClerkByHand(project.ref, issuer)}; then deploy again`,
      );
    });
    note(registered ? issuer : `${issuer}, already registered`);
  });
  await step("Set up the webhook endpoint at Stripe", async () => {
    const stripe = openStripe(urls.stripe, STRIPE_SECRET_KEY);
    note((await ensureEndpoint({ project, file, stripe })).join(", "));
  });
  await step("Fill the catalog", async () => note(await fill(options)));
  await step("Backfill the mirror", async () => {
    const { state, counts } = await runBackfill({
      url: project.url,
      secret: reconcileSecret,
      timeoutMs: BACKFILL_TIMEOUT_MS,
      onSkip: (kind) =>
        note(`skipped ${kind}: STRIPE_SECRET_KEY may not read it; grant it, then backfill with --restart`),
    });
    note(formatCounts(counts, kindLabels()) || "no objects");
    if (state !== "done") note(`not complete: run "npm run backfill" to continue`);
  });
  await step("Schedule stripe-reconcile", async () => {
    const answer = await scheduleReconcile(project.database, project.url, reconcileSecret);
    note(answer === "scheduled" ? "once a minute" : `${answer}: ${SCHEDULE_BY_HAND}`);
  });

  const findings = await examine(await hostedDoctorTarget(options));
  console.log(`\n${report(findings)}`);
  return isHealthy(findings);
}

/** Fills the catalog by calling stripe-products, which requires a session token unless the catalog is public. */
async function fill({ project, file, urls }: HostedTarget): Promise<string> {
  const { CATALOG_ACCESS, CLERK_SECRET_KEY: secretKey } = file.secrets;
  const filled = async (token: () => Promise<string | undefined>) =>
    `${await fillCatalog(project.url, token)} products on the first page`;
  if (CATALOG_ACCESS === "public") return await filled(() => Promise.resolve(undefined));
  if (!secretKey?.startsWith("sk_test_")) {
    return "deferred to the first user's call, because Clerk creates test sessions for development instances only";
  }
  const clerk = createClerkClient({ apiUrl: urls.clerk, secretKey, telemetry: { disabled: true } });
  const token = () => withUserSession(clerk, (token) => Promise.resolve(token));
  if (await token() === undefined) return "deferred to the first user's call, because the Clerk instance has no user";
  return await filled(token);
}
