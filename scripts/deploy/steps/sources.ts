/** The variables and migrations in the repository. */
import { variablesSetBy } from "../../../supabase/functions/_shared/contract/variables.ts";
import { ROOT } from "../../lib/paths.ts";

/** The module in which the functions read their environment. */
export const ENV_MODULE = `${ROOT}/supabase/functions/_shared/env.ts`;

/** The variables that the functions read, without those that only the platform sets. */
export const functionVariables = (): string[] => variablesSetBy("operator", "local").sort();

/** The file names of all migrations, in order. */
export function migrationFiles(): string[] {
  return [...Deno.readDirSync(`${ROOT}/supabase/migrations`)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".sql"))
    .sort();
}
