import { Failure } from "../lib/failure.ts";
import { ROOT } from "../lib/paths.ts";

/** The test files, grouped by their runtime; paths are relative to the repository. */
export interface Tests {
  readonly sql: string[];
  readonly functions: string[];
  readonly scripts: string[];
}

/** Finds the test files, or those whose path starts with a filter. @throws Failure when there are none */
export function findTests(filters: readonly string[]): Tests {
  const wanted = (path: string) => filters.length === 0 || filters.some((filter) => path.startsWith(filter));
  const find = (folder: string, ending: string) =>
    filesIn(folder).filter((path) => path.endsWith(ending) && wanted(path));
  const tests = {
    sql: find("supabase/tests", "_test.sql"),
    functions: find("supabase/functions", "_test.ts"),
    scripts: [...find("packages", "_test.ts"), ...find("scripts", "_test.ts")],
  };
  if (Object.values(tests).every(({ length }) => length === 0)) {
    throw new Failure(`No test file's path begins with ${filters.map((filter) => `"${filter}"`).join(" or ")}`);
  }
  return tests;
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(`${ROOT}/${folder}`)]
    .flatMap(({ name, isDirectory }) => isDirectory ? filesIn(`${folder}/${name}`) : [`${folder}/${name}`])
    .sort();
}
