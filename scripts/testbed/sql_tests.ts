import type { Counts } from "./counts.ts";
import { makeTestDatabase, runTestFile } from "./pgtap/mod.ts";
import type { Testbed } from "./testbed.ts";

/** The personas that every other file needs. */
const PERSONAS = "supabase/tests/000_personas_test.sql";

/** Runs the files with both sets of default privileges that hosted projects have. */
export async function runSqlTests(
  files: readonly string[],
  testbed: Testbed,
  onLine: (line: string) => void,
): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  for (const privileges of ["older", "newer"] as const) {
    onLine(`SQL tests, default privileges of ${privileges} projects`);
    const url = await makeTestDatabase(testbed, privileges);
    for (const file of new Set([PERSONAS, ...files])) {
      const { passed, failures } = await runTestFile(url, file);
      onLine(`${failures.length === 0 ? "ok" : "FAILED"}  ${file} (${passed} passed)`);
      for (const failure of failures) onLine(failure.replaceAll(/^/gm, "    "));
      counts.passed += passed;
      counts.failed += failures.length;
    }
  }
  return counts;
}
