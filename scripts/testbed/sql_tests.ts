import type { Counts } from "./counts.ts";
import { makeTestDatabase, runTestFile, type Variant } from "./pgtap/mod.ts";
import type { Testbed } from "./testbed.ts";

/** The personas that every other file needs. */
const PERSONAS = "supabase/tests/000_personas_test.sql";

/** Many rows take most of the time, and show the same in each kind of database. */
const LARGE = /_(many_rows|large_catalog)_test\.sql$/;

/** Each default privilege of hosted projects once, and the extensions once present and once not. */
const VARIANTS: readonly Variant[] = [
  { privileges: "older", extensions: false },
  { privileges: "newer", extensions: true },
];

/** Runs the files in each kind of database that hosted projects have; in small, those with many rows only in the first. */
export async function runSqlTests(
  files: readonly string[],
  size: "small" | "full",
  testbed: Testbed,
  onLine: (line: string) => void,
): Promise<Counts> {
  const counts = { passed: 0, failed: 0, ignored: 0 };
  for (const [index, variant] of VARIANTS.entries()) {
    const { privileges, extensions } = variant;
    onLine(
      `SQL tests, default privileges of ${privileges} projects, ${
        extensions ? "with" : "without"
      } pg_cron, pg_net and Vault`,
    );
    const url = await makeTestDatabase(testbed, variant);
    for (const file of new Set([PERSONAS, ...files])) {
      if (size === "small" && index > 0 && LARGE.test(file)) continue;
      const { passed, failures } = await runTestFile(url, file);
      onLine(`${failures.length === 0 ? "ok" : "FAILED"}  ${file} (${passed} passed)`);
      for (const failure of failures) onLine(failure.replaceAll(/^/gm, "    "));
      counts.passed += passed;
      counts.failed += failures.length;
    }
  }
  return counts;
}
