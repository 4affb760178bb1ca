/** The file of variables that a project is set up with, such as `.env.production`. */
import { issuerOf } from "../../../supabase/functions/_shared/contract/clerk_keys.ts";
import { importPublicKeys } from "../../../supabase/functions/_shared/contract/public_keys.ts";
import { parseEnvFile, readEnvFile } from "../../lib/env_file.ts";
import { Failure } from "../../lib/failure.ts";
import type { Processes } from "../../lib/processes.ts";
import { validateEnv } from "./validate_env.ts";
import { functionVariables } from "../steps/sources.ts";
import { validateVariables } from "./validate_variables.ts";
import { WEBHOOK_SECRET } from "../webhook/secret.ts";

export interface VariablesFile {
  readonly path: string;
  /** Every variable in it that is not empty. */
  readonly all: Readonly<Record<string, string>>;
  /** Those that the functions read: nothing else is ever sent. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The variables that are sent as they are. The webhook secret is stored when the webhook endpoint is created. */
export function sentSecrets({ secrets }: VariablesFile): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).filter(([name]) => name !== WEBHOOK_SECRET));
}

/** The names of all variables that {@link sentSecrets} may contain. */
export const sentVariables = (): string[] => functionVariables().filter((name) => name !== WEBHOOK_SECRET);

/** @throws Failure when the file does not exist, or cannot be read without guessing */
export function readVariables(path: string): VariablesFile {
  const given = readEnvFile(path);
  if (given === undefined) {
    throw new Failure(
      `Cannot find "${path}". Copy ".env.example" and fill it in, or pass another file with --env-file`,
    );
  }
  return select(path, given);
}

/** The variables in the text of a file. */
export const variablesOf = (path: string, text: string): VariablesFile => select(path, parseEnvFile(text, path));

function select(path: string, given: Readonly<Record<string, string>>): VariablesFile {
  const trimmed = Object.entries(given).map(([name, value]) => [name, value.trim()]);
  const all = Object.fromEntries(trimmed.filter(([, value]) => value !== ""));
  const known = functionVariables().filter((name) => name in all);
  return { path, all, secrets: Object.fromEntries(known.map((name) => [name, all[name]])) };
}

/** What has to be corrected before the variables may be sent, one sentence per problem. */
export async function problemsOf(
  { secrets }: VariablesFile,
  { live, processes }: { live: boolean; processes: Processes },
): Promise<string[]> {
  const { CLERK_JWT_KEY: pems } = secrets;
  const refused = await validateEnv(secrets, processes);
  // env.ts imports the keys only if the other variables of Clerk are right.
  const isNamed = refused.some((problem) => problem.includes("CLERK_JWT_KEY"));
  const isUsable = pems === undefined || await importPublicKeys(pems).then(() => true, () => false);
  return [
    ...(!isNamed && !isUsable
      ? ["CLERK_JWT_KEY cannot be imported as a public key: copy it again, or leave it empty"]
      : []),
    ...(secrets.ALLOWED_ORIGINS === undefined
      ? ["ALLOWED_ORIGINS is missing: list the origins of your frontends"]
      : []),
    ...validateVariables(secrets, { live }),
    ...refused.map((problem) =>
      problem.startsWith("RECONCILE_SECRET ") ? `${problem}: use the output of "openssl rand -hex 32"` : problem
    ),
  ];
}

/** @throws Failure with every problem that {@link problemsOf} finds */
export async function requireValidVariables(
  file: VariablesFile,
  options: { live: boolean; processes: Processes },
): Promise<void> {
  const problems = await problemsOf(file, options);
  if (problems.length === 0) return;
  throw new Failure(
    [`Correct the variables in "${file.path}":`, ...problems.map((problem) => `  ${problem}`)].join("\n"),
  );
}

/** Whether the functions get the database driver: DATABASE_URL stands in the file, although its value is never sent. */
export const driverFor = ({ all }: VariablesFile) => ({ driver: all.DATABASE_URL !== undefined });

/** The issuer of the session tokens: the Clerk instance's URL. */
export const clerkIssuer = ({ secrets }: VariablesFile): string =>
  secrets.CLERK_ISSUER?.replace(/\/+$/, "") ?? issuerOf(secrets.CLERK_PUBLISHABLE_KEY ?? "") ?? "";
