/**
 * From the start of the process to its first answer: bundled and from source, compared with the baseline and an empty
 * function. What a function takes longer than the empty one is the load of its modules and its first call.
 */
import { bundle } from "../../lib/bundle.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { measureCold } from "../measure_cold.ts";
import { baseline, FUNCTIONS, ours, reference } from "../programs.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { Program, Server } from "../server.ts";
import { createEvents, readObjects } from "../webhook_events.ts";

export const COLD_START = "cold start";

const WEBHOOK = "stripe-webhook";
const NAMES = [...FUNCTIONS, WEBHOOK] as const;
const DEPLOYED = "ours, deployed";
const EMPTY = "empty";
/** Of a machine without other work. */
const BEYOND_EMPTY_MS = 25;

export async function measureColdStart(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = NAMES.filter((name) => includes(COLD_START, name));
  if (names.length === 0) return [];
  const { folder, functions } = await context.build();
  const baselines = `${context.folder}/baseline`;
  await bundle(FUNCTIONS.map((name) => baseline(name).entry), baselines);
  const rows: Row[] = [];
  for (const name of names) {
    const entry = functions.find((built) => built.name === name)?.entrypoint;
    if (entry === undefined) throw new Error(`The build has no function "${name}"`);
    context.progress(`Cold start: ${name}`);
    const programs: Record<string, Program> = {
      [DEPLOYED]: { entry: `${folder}/${entry}`, imports: false },
      "ours, from source": ours(name),
      ...name === WEBHOOK ? {} : {
        "baseline, bundled": { entry: `${baselines}/${name}/index.js`, imports: false },
        "baseline, from source": baseline(name),
      },
      [EMPTY]: reference("empty"),
    };
    const rounds = await measureCold(programs, await firstCall(name, context), context);
    rows.push(withBudgets(rowOf(COLD_START, name, rounds)));
  }
  return rows;
}

async function firstCall(
  name: string,
  { stack, customers }: BenchmarkContext,
): Promise<(server: Server) => Promise<Response>> {
  if (name !== WEBHOOK) {
    const token = await stack.signIn(customers[0]!);
    return (server) => firstAnswer(server, name === "stripe-customer" ? "POST" : "GET", `/${name}`, token);
  }
  const objects = await readObjects(stack, "products", 1);
  return async ({ url }) => {
    const { paths, events = [] } = createEvents(objects, Math.floor(Date.now() / 1_000));
    const [{ body, signature } = { body: "", signature: "" }] = events;
    const headers = { "stripe-signature": signature };
    const response = await fetch(url + paths[0], { method: "POST", headers, body });
    if (!response.ok) throw new Error(`${name} answered ${response.status}: ${await response.text()}`);
    return response;
  };
}

function withBudgets(row: Row): Row {
  const { [DEPLOYED]: deployed, [EMPTY]: empty } = row.figures;
  if (deployed?.cold_start_cpu_ms !== undefined && empty?.cold_start_cpu_ms !== undefined) {
    const beyond = deployed.cold_start_cpu_ms - empty.cold_start_cpu_ms;
    addBudget(row, "as deployed, milliseconds of CPU time beyond an empty function", beyond, BEYOND_EMPTY_MS);
  }
  return addBudget(
    row,
    "as deployed, at most half of the baseline's from source",
    row.name === "health" ? undefined : row.ratios["baseline, from source"]?.cold_start_ms,
    0.5,
  );
}
