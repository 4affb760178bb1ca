/**
 * `npm test [-- PATH …]`: the SQL tests, the functions' tests on the platform's Deno, the scripts' tests on this one.
 * Paths limit it to the test files whose path begins with one of them.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { createSteps } from "./lib/steps.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { startTestbed } from "./testbed/testbed.ts";
import { type Counts, sum } from "./testbed/counts.ts";
import { runFunctionTests, runScriptTests } from "./testbed/deno_tests.ts";
import { findTests, type Tests } from "./testbed/find_tests.ts";
import { runSqlTests } from "./testbed/sql_tests.ts";

await runCommand(async () => {
  readEnvironment();
  const tests = findTests(readArguments({}).positionals);
  const counts = await untilStopped((resources) => runTests(tests, resources));
  if (counts === undefined) return 130;

  const { passed, failed } = sum(counts);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && counts.every((section) => section.passed > 0) ? 0 : 1;
});

async function runTests(tests: Tests, resources: AsyncDisposableStack): Promise<Counts[]> {
  const bench = await createSteps().step("Test bench", () => startTestbed(resources));
  const options = { processes: bench.processes, benchUrl: bench.url };
  const counts: Counts[] = [];
  if (tests.sql.length > 0) counts.push(await runSqlTests(tests.sql, bench));
  if (tests.functions.length > 0) counts.push(await runFunctionTests(tests.functions, options));
  if (tests.scripts.length > 0) counts.push(await runScriptTests(tests.scripts, options));
  return counts;
}
