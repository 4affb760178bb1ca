/** The file of variables that a project is set up with: read, and refused as a whole when anything is wrong with it. */
import { parseEnv } from "node:util";
import { Failure } from "../lib/failure.ts";
import { readIfExists } from "../lib/files.ts";
import type { Processes } from "../lib/processes.ts";
import { askEnv } from "./ask_env.ts";
import { issuerOf } from "../lib/clerk_publishable_key.ts";
import { functionVariables } from "./functions.ts";
import { refusals } from "./refusals.ts";
import { NAME as WEBHOOK_SECRET } from "./webhook_secret.ts";

export interface VariablesFile {
  readonly path: string;
  /** Everything in it that is not empty. */
  readonly all: Readonly<Record<string, string>>;
  /** What the functions know of it: no more than this is sent. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What is sent as it stands in the file. The webhook's secret is the endpoint's, which comes later and may differ. */
export function sentSecrets({ secrets }: VariablesFile): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== WEBHOOK_SECRET));
}

/** Of the variables that the functions know, those that are sent so. */
export const sentVariables = (): string[] => functionVariables().filter((name) => name !== WEBHOOK_SECRET);

/** @throws Failure when there is no such file */
export function readVariables(path: string): VariablesFile {
  const text = readIfExists(path);
  if (text === undefined) {
    throw new Failure(`There is no "${path}": copy ".env.example" and fill it in, or name another with --env-file`);
  }
  return variablesOf(path, text);
}

/** The variables in the text of a file. */
export function variablesOf(path: string, text: string): VariablesFile {
  const given = Object.entries(parseEnv(text) as Record<string, string>).map(([name, value]) => [name, value.trim()]);
  const all = Object.fromEntries(given.filter(([, value]) => value !== ""));
  const known = functionVariables().filter((name) => name in all);
  return { path, all, secrets: Object.fromEntries(known.map((name) => [name, all[name]])) };
}

/** What has to be mended before the variables may go anywhere, a sentence each. */
export async function problemsOf(
  { secrets }: VariablesFile,
  { live, processes }: { live: boolean; processes: Processes },
): Promise<string[]> {
  return [
    ...(secrets.ALLOWED_ORIGINS === undefined ? ["ALLOWED_ORIGINS is missing: name your frontends"] : []),
    ...refusals(secrets, { live }),
    ...(await askEnv(secrets, processes)).map((problem) =>
      problem.startsWith("RECONCILE_SECRET ") ? `${problem}: put in what "openssl rand -hex 32" prints` : problem
    ),
  ];
}

/** @throws Failure with all that {@link problemsOf} finds */
export async function requireSound(
  file: VariablesFile,
  options: { live: boolean; processes: Processes },
): Promise<void> {
  const problems = await problemsOf(file, options);
  if (problems.length === 0) return;
  throw new Failure([`"${file.path}" is not ready:`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
}

/** The Clerk instance that signs the tokens. */
export const clerkIssuer = ({ secrets }: VariablesFile): string =>
  secrets.CLERK_ISSUER?.replace(/\/+$/, "") ?? issuerOf(secrets.CLERK_PUBLISHABLE_KEY ?? "") ?? "";
