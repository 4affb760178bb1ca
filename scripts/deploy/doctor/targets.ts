/** The doctor's two targets. */
import type { Environment } from "../../lib/environment.ts";
import { DEFAULT_PORT } from "../../lib/ports.ts";
import type { Processes } from "../../lib/processes.ts";
import type { StackFile } from "../../lib/stack_file.ts";
import { localDatabase } from "../target/database.ts";
import type { ManagementApi } from "../target/management_api.ts";
import type { HostedTarget } from "../target/resolve_target.ts";
import { clerkIssuer, problemsOf } from "../variables/variables_file.ts";
import type { DoctorTarget } from "./target.ts";

export interface HostedOptions extends HostedTarget {
  readonly token?: string;
  readonly processes: Processes;
}

export async function hostedDoctorTarget({ project, file, urls, ...options }: HostedOptions): Promise<DoctorTarget> {
  const issuer = clerkIssuer(file);
  const named = ` -- --project-ref ${project.ref} --env-file ${file.path}${options.live ? " --live" : ""}`;
  return {
    url: project.url,
    database: project.database,
    variables: file.secrets,
    stripeUrl: urls.stripe,
    clerkUrl: urls.clerk,
    clerkIssuer: issuer,
    keySetUrl: urls.keySetUrl(issuer),
    publishableKey: () => publishableKey(project.api),
    repair: `run "npm run deploy${named}"`,
    options: named,
    hosted: { ref: project.ref, api: project.api, file, problems: await problemsOf(file, options) },
    token: options.token,
  };
}

/** @param environment The environment that the stack's functions were started with. */
export const localDoctorTarget = (
  stack: StackFile,
  { variables, localClerk }: Environment,
  token?: string,
): DoctorTarget => ({
  url: stack.url,
  database: localDatabase(stack.database_url),
  variables: {
    ...variables,
    STRIPE_SECRET_KEY: stack.stripe_secret_key,
    CLERK_PUBLISHABLE_KEY: stack.clerk_publishable_key,
    CLERK_SECRET_KEY: stack.clerk_secret_key,
  },
  stripeUrl: stack.stripe_url,
  clerkUrl: stack.clerk_url,
  clerkIssuer: stack.clerk_issuer,
  keySetUrl: `${localClerk ? stack.clerk_url : stack.clerk_issuer}/.well-known/jwks.json`,
  publishableKey: () => Promise.resolve(stack.publishable_key),
  repair: `correct what the log names, then stop "npm start" with Ctrl-C and start it again`,
  options: optionsOf(stack),
  token,
});

function optionsOf({ url }: StackFile): string {
  const { port } = new URL(url);
  return Number(port) === DEFAULT_PORT ? "" : ` -- --port ${port}`;
}

interface ApiKey {
  readonly name: string;
  readonly type?: string | null;
  readonly api_key?: string | null;
}

/** The publishable key, or the anon key in an older project. */
async function publishableKey(api: ManagementApi): Promise<string> {
  const keys = await api.get<ApiKey[]>("/api-keys");
  const key = keys.find(({ type }) => type === "publishable") ?? keys.find(({ name }) => name === "anon");
  return key?.api_key ?? "";
}
