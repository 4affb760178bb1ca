/** From the start of the process to its first answer: bundled and from source, compared with the baseline and an empty function. */
import { build, bundle } from "../../deploy/steps/build.ts";
import { remove } from "../../lib/files.ts";
import { cpuBetween, hasCpuTimes, readCpuTimes } from "../cpu_time.ts";
import { addBudget, type Figures, type Rounds, type Row, rowOf } from "../report.ts";
import type { Program } from "../server.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { baseline, FUNCTIONS, ours, reference } from "../programs.ts";

export const COLD_START = "cold start";

export async function measureColdStart(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = FUNCTIONS.filter((name) => includes(COLD_START, name));
  if (names.length === 0) return [];
  context.progress("Cold start: bundling");
  const { folder, functions } = await build(`benchmark-${Deno.pid}`);
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

async function measureRow(
  name: string,
  { sizes, stack, customers, servers }: BenchmarkContext,
  programs: Record<string, Program>,
) {
  const method = name === "stripe-customer" ? "POST" : "GET";
  const token = await stack.signIn(customers[0]!);
  const rounds: Rounds = Object.fromEntries(Object.keys(programs).map((program) => [program, []]));

  async function start(program: Program): Promise<Figures> {
    const started = performance.now();
    await using server = await servers.start(program, stack.env);
    const response = await firstAnswer(server, method, `/${name}`, token);
    await response.arrayBuffer();
    const cold_start_ms = performance.now() - started;
    const cold_start_cpu_ms = cpuBetween(new Map(), readCpuTimes([server.pid])) / 1_000;
    return { cold_start_ms, ...hasCpuTimes && { cold_start_cpu_ms } };
  }

  // The first start transpiles the sources, which on the platform the deployment does. A median of one needs no such care.
  const warmUps = sizes.coldStarts > 1 ? Object.values(programs) : [];
  for (const program of warmUps) await start(program);
  for (let round = 0; round < sizes.coldStarts; round++) {
    for (const [which, program] of Object.entries(programs)) {
      rounds[which]!.push(await start(program));
    }
  }
  const row = rowOf(COLD_START, name, rounds);
  if (name === "health") return row;
  return addBudget(
    row,
    "as deployed, at most half of the baseline's from source",
    row.ratios["baseline, from source"]?.cold_start_ms,
    0.5,
  );
}
