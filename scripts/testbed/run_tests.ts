/** Runs test jobs side by side, and prints the output of each one as a whole when it has ended or is stopped. */
import { type Counts, describe, isBad, sum } from "./counts.ts";
import { runDenoTests } from "./deno_tests.ts";
import { failuresIn } from "./failures.ts";
import { forEach } from "./for_each.ts";
import { runSqlTests } from "./sql_tests.ts";
import type { Job } from "./test_jobs.ts";
import type { Testbed } from "./testbed.ts";

export interface RunOptions {
  readonly testbed: Testbed;
  readonly workers: number;
  readonly size: "small" | "full";
  /** Variables of the tests of a job. */
  env(job: Job): Readonly<Record<string, string>>;
  write(text: string): void;
  /** Released at the end, or when the run is stopped: then the jobs that have not ended are printed. */
  readonly resources: AsyncDisposableStack;
}

export interface Result extends Counts {
  readonly job: Job;
  readonly seconds: number;
  /** What failed, as lines. */
  readonly failures: readonly string[];
}

/** Runs the jobs of the queue in order on several workers, then those that need to run alone. */
export async function runTests(
  { queue, alone }: { queue: readonly Job[]; alone: readonly Job[] },
  options: RunOptions,
): Promise<Result[]> {
  const results: Result[] = [];
  const running = new Map<Job, string[]>();
  options.resources.defer(() => {
    for (const [{ name }, lines] of running) options.write([...lines, `STOPPED  ${name}`, ""].join("\n"));
  });
  const total = queue.length + alone.length;
  const run = async (job: Job) => {
    const output: string[] = [];
    // The output of a single job is printed as it is written.
    const lines = total === 1 ? [] : output;
    running.set(job, lines);
    const started = performance.now();
    const counts = await runJob(job, options, (line) => {
      output.push(line);
      if (total === 1) options.write(line);
    });
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const result = { ...counts, job, seconds, failures: failuresIn(output) };
    results.push(result);
    running.delete(job);
    const verdict = isBad(result) ? "FAILED" : "ok";
    const title = `${verdict}  ${job.name}: ${describe(result)} (${result.seconds} s)`;
    options.write([...lines, `${title}  [${results.length}/${total}]`, ""].join("\n"));
  };
  await forEach(queue, options.workers, run);
  await forEach(alone, 1, run);
  return results;
}

async function runJob(job: Job, { testbed, size, env }: RunOptions, onLine: (line: string) => void): Promise<Counts> {
  const { runtime, files, oneModule, transport = "data_api" } = job;
  if (runtime === "sql") return await runSqlTests(files, size, testbed, onLine);
  const { processes, url: testbedUrl } = testbed;
  return sum(
    await runDenoTests({ runtime, files, oneModule }, { processes, testbedUrl, transport, env: env(job), onLine }),
  );
}
