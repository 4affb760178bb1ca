/** Warmed-up functions, compared with an empty answer, the same bytes from memory, and the baseline. */
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import { requireSameShape } from "../same_shape.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { baseline, ours, reference, REPLAY } from "../programs.ts";

export const HOT = "hot";

const USERS = 50;

const ROWS = [
  { name: "stripe-products", path: "/stripe-products?limit=20" },
  { name: "stripe-prices", path: "/stripe-prices?limit=20" },
  { name: "stripe-customer", method: "POST", replayed: true },
  { name: "stripe-customer, end to end", path: "/stripe-customer", method: "POST", uses: ["stack", "database"] },
  { name: "GET stripe-customer", path: "/stripe-customer", uses: ["stack", "database"] },
  { name: "health", signedIn: false },
] as const;

interface HotRow {
  readonly name: string;
  readonly path?: string;
  readonly method?: "GET" | "POST";
  readonly uses?: Subject["uses"];
  readonly signedIn?: boolean;
  /** Whether the Data API's answers come from memory; otherwise its CPU time outweighs the function's. */
  readonly replayed?: boolean;
}

export async function measureHot(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const rows: Row[] = [];
  for (const row of ROWS) {
    if (!includes(HOT, row.name)) continue;
    context.progress(`Hot: ${row.name}`);
    rows.push(await measureRow(row, context));
  }
  return rows;
}

async function measureRow(
  { name, path = `/${name}`, method = "GET", uses, signedIn = true, replayed = false }: HotRow,
  context: BenchmarkContext,
) {
  const { stack, customers, servers } = context;
  // Several users, because simultaneous calls of one user share one lookup.
  const tokens = await Promise.all(customers.slice(0, USERS).map((customer) => stack.signIn(customer)));
  const folder = path.slice(1).split("?")[0]!;
  await using memory = await servers.start(REPLAY, { UPSTREAM: stack.env.SUPABASE_URL! });
  const env = replayed ? { ...stack.env, SUPABASE_URL: memory.url } : stack.env;
  await using own = await servers.start(ours(folder), env);
  await using other = await servers.start(baseline(folder), env);
  await using empty = await servers.start(reference("empty"), stack.env);

  const [answer, otherAnswer] = await Promise.all(
    [own, other].map((server) => firstAnswer(server, method, path, tokens[0]!)),
  );
  const bytes = new Uint8Array(await answer!.clone().arrayBuffer());
  requireSameShape(name, await answer!.json(), await otherAnswer!.json());
  const file = `${context.folder}/${folder}.body`;
  await Deno.writeFile(file, bytes);
  await using same = await servers.start(reference("same_bytes"), {
    ...stack.env,
    BODY_FILE: file,
    CONTENT_TYPE: answer!.headers.get("content-type") ?? "",
  });

  const requests: RequestSpec = { method, paths: [path], tokens: signedIn ? tokens : [], status: 200 };
  const subjects: Record<string, Subject> = {
    ours: { server: own, requests, uses },
    empty: { server: empty, requests },
    "same bytes": { server: same, requests },
    baseline: { server: other, requests, uses },
  };
  const row = rowOf(HOT, name, await measure(subjects, context));
  if (name === "stripe-products" || name === "stripe-prices") {
    addBudget(row, "CPU, at most twice that of the same bytes", row.ratios["same bytes"]?.cpu_us, 2);
  } else if (name === "stripe-customer") {
    addBudget(row, "CPU, at most a third of the baseline's", row.ratios.baseline?.cpu_us, 1 / 3);
  }
  return row;
}
