/**
 * `npm test [-- PATH …]`: the SQL tests, the functions' tests on the platform's Deno, the scripts' tests on this one.
 * Paths limit it to the test files whose path begins with one of them.
 */
import { readArguments, runCommand } from "./local/command.ts";
import { readEnvironment } from "./local/environment.ts";
import { createSteps } from "./local/steps.ts";
import { untilStopped } from "./local/stop_requests.ts";
import { startTestBench } from "./local/test_bench.ts";
import { type Counts, sum } from "./local/testing/counts.ts";
import { runFunctionTests, runScriptTests } from "./local/testing/deno_tests.ts";
import { findTests, type Tests } from "./local/testing/find_tests.ts";
import { runSqlTests } from "./local/testing/sql_tests.ts";

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
  const bench = await createSteps().step("Test bench", () => startTestBench(resources));
  const options = { processes: bench.processes, benchUrl: bench.url };
  const counts: Counts[] = [];
  if (tests.sql.length > 0) counts.push(await runSqlTests(tests.sql, bench));
  if (tests.functions.length > 0) counts.push(await runFunctionTests(tests.functions, options));
  if (tests.scripts.length > 0) counts.push(await runScriptTests(tests.scripts, options));
  return counts;
}
