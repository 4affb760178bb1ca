/** The functions of a repository. */
import { exists } from "./files.ts";
import { ROOT } from "./paths.ts";

const FUNCTIONS = "supabase/functions";

/** Their own configuration. */
export const FUNCTIONS_CONFIG = `${ROOT}/${FUNCTIONS}/deno.json`;

/** The path of a function's module, relative to the repository. */
export const entryOf = (name: string): string => `${FUNCTIONS}/${name}/index.ts`;

/** The names of all functions, sorted. @param root Default this repository */
export function functionNames(root = ROOT): string[] {
  return [...Deno.readDirSync(`${root}/${FUNCTIONS}`)]
    .map(({ name }) => name)
    .filter((name) => exists(`${root}/${entryOf(name)}`))
    .sort();
}
