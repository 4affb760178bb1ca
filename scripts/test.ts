/**
 * `npm test [-- --full] [-- --workers N] [-- --transport NAME] [-- PATH …]`: the SQL tests, the functions' tests on the
 * platform's Deno, the scripts' tests on this one. Paths limit it to the test files whose path begins with one of them.
 * The functions' tests run through the Data API, and some or all of them through DATABASE_URL too, or with one transport.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { createSteps } from "./lib/steps.ts";
import { untilStopped } from "./lib/stop_requests.ts";
import { describe, isBad, sum } from "./testbed/counts.ts";
import { findTests } from "./testbed/find_tests.ts";
import { describeSizes, proofVariables } from "./testbed/proof_sizes.ts";
import { runTests } from "./testbed/run_tests.ts";
import { hasPooler } from "./testbed/pooler.ts";
import { type Job, planJobs, saveDurations } from "./testbed/test_jobs.ts";
import { startTestbed } from "./testbed/testbed.ts";
import { parseTransport } from "./testbed/transports.ts";

/** More workers than this only wait for the one process of the test bed. */
const MAX_WORKERS = 5;
/** More than processors, because jobs also wait: with four on two, these were idle for a twentieth of the run. */
const DEFAULT_WORKERS = Math.min(navigator.hardwareConcurrency * 2 + 1, MAX_WORKERS);

await runCommand(async () => {
  const { values, positionals } = readArguments({
    full: { type: "boolean", default: false },
    workers: { type: "string" },
    transport: { type: "string" },
  });
  readEnvironment();
  const workers = parseWorkers(values.workers);
  const size = values.full ? "full" : "small";
  const transport = values.transport === undefined ? undefined : parseTransport(values.transport);
  const planned = planJobs(findTests(positionals), { size, transport });
  const queue = planned.queue.filter((job) => job.transport !== "pooler" || hasPooler);
  const jobs = { ...planned, queue };
  const sizes = proofVariables(size);
  // What passes the proofs in full through one transport passes the same code in small through another.
  const sizeOfOthers = transport === undefined ? "small" : size;
  const env = (job: Job) => job.transport === undefined ? sizes : proofVariables(sizeOfOthers);
  console.log(`Proofs in their ${size} size, ${workers} test processes at once:\n${describeSizes(sizes)}`);
  for (const [name, files] of Map.groupBy(queue, (job) => job.transport)) {
    if (name === undefined) continue;
    console.log(`Through the ${name}: ${files.length} test files, proofs in their ${sizeOfOthers} size`);
  }
  if (queue.length < planned.queue.length) console.log("pgbouncer is not installed: no test runs through a pooler");

  const results = await untilStopped(async (resources) => {
    const testbed = await createSteps().step("Test bed", () => startTestbed(resources));
    return await runTests(jobs, { testbed, workers, size, env, write: (text) => console.log(text), resources });
  });
  if (results === undefined) return 130;

  saveDurations(Object.fromEntries(results.map(({ job, seconds }) => [job.name, seconds])));
  const bad = results.filter(isBad);
  for (const { job, failures } of bad) console.log([`FAILED  ${job.name}`, ...failures].join("\n"));
  console.log(`\n${describe(sum(results))}`);
  return bad.length === 0 ? 0 : 1;
});

function parseWorkers(text: string | undefined): number {
  const workers = Number(text ?? DEFAULT_WORKERS);
  if (Number.isInteger(workers) && workers >= 1) return workers;
  throw new Failure(`Invalid value for --workers: expected a whole number from 1, got "${text}"`);
}
