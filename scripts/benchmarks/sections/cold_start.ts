/** From the start of the process to its first answer: bundled and from source, compared with the baseline and an empty function. */
import { build, bundle } from "../../deploy/steps/build.ts";
import { remove } from "../../lib/files.ts";
import { measureCold } from "../measure_cold.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { Program } from "../server.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { baseline, FUNCTIONS, ours, reference } from "../programs.ts";

export const COLD_START = "cold start";

/** Of a machine without other work. */
const BEYOND_EMPTY_MS = 25;

export async function measureColdStart(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = FUNCTIONS.filter((name) => includes(COLD_START, name));
  if (names.length === 0) return [];
  context.progress("Cold start: bundling");
  const { folder, functions } = await build(`benchmark-${Deno.pid}`, { driver: false });
  context.resources.defer(() => remove(folder));
  const baselineFolder = `${context.folder}/baseline`;
  await bundle(FUNCTIONS.map((name) => baseline(name).entry), baselineFolder);
  const rows: Row[] = [];
  for (const name of names) {
    const entry = functions.find((built) => built.name === name)?.entrypoint;
    if (entry === undefined) throw new Error(`The build has no function "${name}"`);
    context.progress(`Cold start: ${name}`);
    rows.push(
      await measureRow(name, context, {
        "ours, deployed": { entry: `${folder}/${entry}`, imports: false },
        "ours, from source": ours(name),
        "baseline, bundled": { entry: `${baselineFolder}/${name}/index.js`, imports: false },
        "baseline, from source": baseline(name),
        empty: reference("empty"),
      }),
    );
  }
  return rows;
}

async function measureRow(name: string, context: BenchmarkContext, programs: Record<string, Program>) {
  const method = name === "stripe-customer" ? "POST" : "GET";
  const token = await context.stack.signIn(context.customers[0]!);
  const rounds = await measureCold(programs, (server) => firstAnswer(server, method, `/${name}`, token), context);
  const row = rowOf(COLD_START, name, rounds);
  const { "ours, deployed": deployed, empty } = row.figures;
  if (deployed?.cold_start_cpu_ms !== undefined && empty?.cold_start_cpu_ms !== undefined) {
    const beyond = deployed.cold_start_cpu_ms - empty.cold_start_cpu_ms;
    addBudget(row, "as deployed, milliseconds of CPU time beyond an empty function", beyond, BEYOND_EMPTY_MS);
  }
  if (name === "health") return row;
  return addBudget(
    row,
    "as deployed, at most half of the baseline's from source",
    row.ratios["baseline, from source"]?.cold_start_ms,
    0.5,
  );
}
