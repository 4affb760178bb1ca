/** A project from the variables to the doctor, step by step, each safe to repeat. */
import { createClerkClient } from "@clerk/backend";
import { Failure } from "../local/failure.ts";
import type { Processes } from "../local/processes.ts";
import type { Steps } from "../local/steps.ts";
import { build } from "./build.ts";
import { asSomeUser } from "./clerk_session.ts";
import { confirmAccount, requireSameAccount } from "./deployment.ts";
import { examine, isHealthy, report } from "./doctor/doctor.ts";
import { hostedTarget } from "./doctor/targets.ts";
import type { Endpoints } from "./endpoints.ts";
import { fillCatalogue } from "./first_fill.ts";
import { functionVariables } from "./functions.ts";
import type { Project } from "./project.ts";
import { projectCli } from "./project_cli.ts";
import { compareSecrets, sendSecrets } from "./secrets.ts";
import { describe, readAccount } from "./stripe_account.ts";
import { register, steps as registrationSteps } from "./third_party_auth.ts";
import { clerkIssuer, requireSound, type VariablesFile } from "./variables.ts";

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
    await sendSecrets(project.api, file.secrets);
    note(Object.keys(file.secrets).join(", "));
    const { left } = await compareSecrets(project.api, file.secrets, functionVariables());
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
  await step("First fill of the catalogue", async () => note(await fill(options)));

  const findings = await examine(await hostedTarget(options));
  console.log(`\n${report(findings)}`);
  return isHealthy(findings);
}

/** Listing Stripe is the functions' work, and they want a user, unless the catalogue is public. */
async function fill({ project, file, endpoints }: Omit<DeployOptions, "steps">): Promise<string> {
  const { CATALOG_ACCESS, CLERK_SECRET_KEY: secretKey } = file.secrets;
  if (CATALOG_ACCESS === "public") {
    return `${await fillCatalogue(project.url, () => Promise.resolve(undefined))} products on the first page`;
  }
  if (!secretKey?.startsWith("sk_test_")) return "left to the first user, because Clerk makes no session for us";

  const clerk = createClerkClient({ apiUrl: endpoints.clerk, secretKey, telemetry: { disabled: true } });
  const token = () => asSomeUser(clerk, (token) => Promise.resolve(token));
  if (await token() === undefined) return "left to the first user, because Clerk has none yet";
  return `${await fillCatalogue(project.url, token)} products on the first page`;
}
