/** From the start of the process to its first answer: as deployed and from source, against the plain way and nothing. */
import { build, bundle } from "../../deploy/steps/build.ts";
import { remove } from "../../lib/files.ts";
import { cpuBetween, hasCpuTimes, readCpuTimes } from "../cpu_time.ts";
import { addBudget, type Figures, type Rounds, type Row, rowOf } from "../report.ts";
import type { Program } from "../server.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, firstAnswer, FUNCTIONS, ours, plain, reference } from "../context.ts";

export const COLD_START = "cold start";

export async function measureColdStart(world: Context, wanted: RowFilter): Promise<Row[]> {
  const names = FUNCTIONS.filter((name) => wanted(COLD_START, name));
  if (names.length === 0) return [];
  world.progress("Cold start: bundling");
  const { folder, functions } = await build(`bench-${Deno.pid}`);
  world.resources.defer(() => remove(folder));
  const plainFolder = `${world.folder}/plain`;
  await bundle(FUNCTIONS.map((name) => plain(name).entry), plainFolder);
  const rows: Row[] = [];
  for (const name of names) {
    const entry = functions.find((built) => built.name === name)?.entrypoint;
    if (entry === undefined) throw new Error(`The build has no function "${name}"`);
    world.progress(`Cold start: ${name}`);
    rows.push(
      await measureRow(name, world, {
        "ours, deployed": { entry: `${folder}/${entry}`, imports: false },
        "ours, from source": ours(name),
        "plain, bundled": { entry: `${plainFolder}/${name}/index.js`, imports: false },
        "plain, from source": plain(name),
        empty: reference("empty"),
      }),
    );
  }
  return rows;
}

async function measureRow(
  name: string,
  { sizes, stack, customers, servers }: Context,
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

  // Once beforehand: sources are transpiled by their first start, and on the platform by the deployment.
  for (const program of Object.values(programs)) await start(program);
  for (let round = 0; round < sizes.coldStarts; round++) {
    for (const [which, program] of Object.entries(programs)) {
      rounds[which]!.push(await start(program));
    }
  }
  const row = rowOf(COLD_START, name, rounds);
  if (name === "health") return row;
  return addBudget(
    row,
    "as deployed, at most half of the plain function's",
    row.ratios["plain, from source"]?.cold_start_ms,
    0.5,
  );
}
