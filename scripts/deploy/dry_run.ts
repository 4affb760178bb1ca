/** Validates the variables, builds the bundles, and describes what a deployment would send. Uses no network. */
import type { Processes } from "../lib/processes.ts";
import type { Steps } from "../lib/steps.ts";
import { build } from "./steps/build.ts";
import { reconcileUrl } from "./steps/schedule.ts";
import { localOrigins } from "./variables/validate_variables.ts";
import {
  clerkIssuer,
  driverFor,
  requireValidVariables,
  sentSecrets,
  type VariablesFile,
} from "./variables/variables_file.ts";
import { endpointParams, EVENTS, webhookUrl } from "./webhook/endpoint.ts";
import { WEBHOOK_SECRET } from "./webhook/secret.ts";

export interface DryRunOptions {
  /** undefined when no project is named */
  readonly project: { readonly ref: string; readonly url: string } | undefined;
  readonly file: VariablesFile;
  readonly live: boolean;
  readonly steps: Steps;
  readonly processes: Processes;
}

/** @returns The description. @throws Failure like a deployment */
export async function dryRun({ project, file, steps: { step }, ...options }: DryRunOptions): Promise<string> {
  await step(`Validate the variables in "${file.path}"`, () => requireValidVariables(file, options));
  const { folder, functions, migrations } = await step(
    "Bundle the functions",
    () => build(project?.ref ?? "dry-run", driverFor(file)),
  );
  const url = project?.url ?? "https://<project-ref>.supabase.co";
  const local = localOrigins(file.secrets);
  return `
Would deploy to project ${project?.ref ?? "(none named: pass --project-ref)"} in ${options.live ? "live" : "test"} mode:

Migrations, unless applied
${migrations.map((name) => `  ${name}`).join("\n")}
Secrets
${Object.keys(sentSecrets(file)).map((name) => `  ${name}`).join("\n")}
Functions, from ${folder}
${functions.map(({ name, bytes }) => `  ${url}/functions/v1/${name}   ${kilobytes(bytes)}`).join("\n")}
Third-party auth
  ${clerkIssuer(file)}
Webhook endpoint at Stripe, with its secret as ${WEBHOOK_SECRET}
  ${webhookUrl(url)}   ${EVENTS.length} events, API version ${endpointParams("").api_version}
Backfill, unless one is complete
  ${reconcileUrl(url)}
Schedule, once a minute, by the database
  ${reconcileUrl(url)}
${local.length === 0 ? "" : `\nOrigins on your own machine that may call: ${local.join(", ")}\n`}
Nothing was changed. Run the command without --dry-run to deploy.`;
}

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} kB`;
