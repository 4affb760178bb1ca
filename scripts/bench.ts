/**
 * `npm run bench [-- --quick] [--only NAME] [--rounds N] [--minutes N] [--json FILE]`: measures the functions beside a
 * baseline and lower bounds, alternately and on loopback, and prints a table of ratios. The exit code tells whether the
 * benchmark ran, not whether budgets are met.
 */
import { hasCpuTimes } from "./benchmarks/cpu_time.ts";
import { createRowFilter } from "./benchmarks/row_filter.ts";
import { runBenchmarks } from "./benchmarks/run_benchmarks.ts";
import { FULL, QUICK, type Sizes } from "./benchmarks/sizes.ts";
import { tableOf } from "./benchmarks/table.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { stopRequested } from "./lib/stop_requests.ts";

await runCommand(async () => {
  const { values } = readArguments({
    quick: { type: "boolean" },
    only: { type: "string", multiple: true },
    rounds: { type: "string" },
    minutes: { type: "string" },
    json: { type: "string" },
  });
  readEnvironment();
  const { rounds, minutes, only = [] } = values;
  const sizes: Sizes = {
    ...values.quick ? QUICK : FULL,
    ...rounds !== undefined && { rounds: readRounds(rounds) },
    ...minutes !== undefined && { minutes: readMinutes(minutes) },
  };
  const started = performance.now();
  const progress = (message: string) =>
    console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(4)} s  ${message}`);
  if (!hasCpuTimes) progress("CPU times are only available on Linux: measuring throughput and response times");

  await using resources = new AsyncDisposableStack();
  const running = runBenchmarks({ sizes, includes: createRowFilter(only), resources, progress });
  running.catch(() => {});
  const report = await Promise.race([running, stopRequested().then(() => undefined)]);
  if (report === undefined) return 130;
  if (report.rows.length === 0) {
    throw new Failure(`No row matches --only ${only.map((name) => `"${name}"`).join(", ")}`);
  }

  progress("Done");
  if (values.json !== undefined) await Deno.writeTextFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(tableOf(report));
});

function readRounds(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new Failure(`Invalid value "${text}" for --rounds: expected a whole number from 1 to 99`);
}

function readMinutes(text: string): number {
  if (/^(\d{1,3}|\d{0,3}\.\d+)$/.test(text) && Number(text) > 0) return Number(text);
  throw new Failure(`Invalid value "${text}" for --minutes: expected a number above 0 and below 1000`);
}
