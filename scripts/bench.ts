/**
 * `npm run bench [-- --quick] [--only NAME] [--rounds N] [--minutes N] [--json FILE]`: the functions beside the plain
 * way and beside what cannot be beaten, in turn and on loopback, as a table of ratios. The exit code says whether it
 * ran, not whether a budget is met.
 */
import { hasCpuTimes } from "./benchmarks/cpu_time.ts";
import { runBenchmarks } from "./benchmarks/run_benchmarks.ts";
import { FULL, QUICK, type Sizes } from "./benchmarks/sizes.ts";
import { tableOf } from "./benchmarks/table.ts";
import { createRowFilter } from "./benchmarks/row_filter.ts";
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
  const { rounds, minutes } = values;
  const sizes: Sizes = {
    ...values.quick ? QUICK : FULL,
    ...rounds !== undefined && { rounds: readNumber("rounds", rounds, /^[1-9]\d?$/) },
    ...minutes !== undefined && { minutes: readNumber("minutes", minutes, /^(\d{1,3}|\d{0,3}\.\d+)$/) },
  };
  const started = performance.now();
  const progress = (words: string) =>
    console.error(`${((performance.now() - started) / 1_000).toFixed(0).padStart(4)} s  ${words}`);
  if (!hasCpuTimes) progress("This system does not tell what CPU others use: throughput and time have to do");

  await using resources = new AsyncDisposableStack();
  const benching = runBenchmarks({ sizes, wanted: createRowFilter(values.only ?? []), resources, progress });
  benching.catch(() => {});
  const report = await Promise.race([benching, stopRequested().then(() => undefined)]);
  if (report === undefined) return 130;
  if (report.rows.length === 0) throw new Failure(`No row is called ${values.only?.map((name) => `"${name}"`)}`);

  progress("Done");
  if (values.json !== undefined) await Deno.writeTextFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(tableOf(report));
});

function readNumber(option: string, text: string, form: RegExp): number {
  if (form.test(text) && Number(text) > 0) return Number(text);
  throw new Failure(`"--${option} ${text}" is no number that it can be`);
}
