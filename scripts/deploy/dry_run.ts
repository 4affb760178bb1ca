/** What a deploy would send where, without a network: the variables are checked and the bundles are built. */
import type { Processes } from "../lib/processes.ts";
import type { Steps } from "../lib/steps.ts";
import { build } from "./steps/build.ts";
import { localOrigins } from "./variables/validate_variables.ts";
import { reconcileUrl } from "./steps/schedule.ts";
import { clerkIssuer, requireSound, sentSecrets, type VariablesFile } from "./variables/variables_file.ts";
import { EVENTS, wanted, webhookUrl } from "./webhook/endpoint.ts";
import { NAME as WEBHOOK_SECRET } from "./webhook/secret.ts";

export interface DryRunOptions {
  /** What the project is called and where it would answer; undefined when none was named. */
  readonly project: { readonly ref: string; readonly url: string } | undefined;
  readonly file: VariablesFile;
  readonly live: boolean;
  readonly steps: Steps;
  readonly processes: Processes;
}

/** @throws Failure as a deploy would */
export async function dryRun({ project, file, steps: { step }, ...options }: DryRunOptions): Promise<string> {
  await step(`Variables of "${file.path}"`, () => requireSound(file, options));
  const { folder, functions, migrations } = await step("Bundles", () => build(project?.ref ?? "dry-run"));
  const where = project?.url ?? "https://<project-ref>.supabase.co";
  const local = localOrigins(file.secrets);
  return `
To project ${project?.ref ?? "(none named: give --project-ref)"}, in ${options.live ? "live" : "test"} mode:

Migrations, those that the database has not
${migrations.map((name) => `  ${name}`).join("\n")}
Secrets
${Object.keys(sentSecrets(file)).map((name) => `  ${name}`).join("\n")}
Functions, from ${folder}
${functions.map(({ name, bytes }) => `  ${where}/functions/v1/${name}   ${kilobytes(bytes)}`).join("\n")}
Third-party auth
  ${clerkIssuer(file)}
Webhook endpoint at Stripe, and its secret as ${WEBHOOK_SECRET}
  ${webhookUrl(where)}   ${EVENTS.length} events, ${wanted("").api_version}
Backfill, if none was completed
  ${reconcileUrl(where)}
Schedule, once a minute, by the database
  ${reconcileUrl(where)}
${local.length === 0 ? "" : `\nPages on your own machine may call: ${local.join(", ")}\n`}
Nothing was changed. Without --dry-run it is.`;
}

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1024)} kB`;
