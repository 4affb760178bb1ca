/** Each function hot: against an empty answer, against its own bytes, and against the plain way. */
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import { requireSameShape } from "../same_shape.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, firstAnswer, ours, plain, reference } from "../context.ts";

export const HOT = "hot";

const USERS = 50;

const ROWS = [
  { name: "stripe-products", path: "/stripe-products?limit=20" },
  { name: "stripe-prices", path: "/stripe-prices?limit=20" },
  { name: "stripe-customer", method: "POST", replayed: true },
  { name: "stripe-customer, whole", path: "/stripe-customer", method: "POST", asks: ["stack", "database"] },
  { name: "GET stripe-customer", path: "/stripe-customer", asks: ["stack", "database"] },
  { name: "health", signedIn: false },
] as const;

interface HotRow {
  readonly name: string;
  readonly path?: string;
  readonly method?: "GET" | "POST";
  readonly asks?: Subject["asks"];
  readonly signedIn?: boolean;
  /** Whether the Data API answers from memory: else its CPU, on the same two cores, drowns the function's. */
  readonly replayed?: boolean;
}

export async function measureHot(world: Context, wanted: RowFilter): Promise<Row[]> {
  const rows: Row[] = [];
  for (const row of ROWS) {
    if (!wanted(HOT, row.name)) continue;
    world.progress(`Hot: ${row.name}`);
    rows.push(await measureRow(row, world));
  }
  return rows;
}

async function measureRow(
  { name, path = `/${name}`, method = "GET", asks, signedIn = true, replayed = false }: HotRow,
  world: Context,
) {
  const { stack, customers, servers } = world;
  // Several users, because calls of one user at the same time are answered together.
  const tokens = await Promise.all(customers.slice(0, USERS).map((customer) => stack.signIn(customer)));
  const folder = path.slice(1).split("?")[0]!;
  await using memory = await servers.start(reference("replay"), { UPSTREAM: stack.env.SUPABASE_URL! });
  const env = replayed ? { ...stack.env, SUPABASE_URL: memory.url } : stack.env;
  await using our = await servers.start(ours(folder), env);
  await using plainly = await servers.start(plain(folder), env);
  await using empty = await servers.start(reference("empty"), stack.env);

  const [answer, other] = await Promise.all(
    [our, plainly].map((server) => firstAnswer(server, method, path, tokens[0]!)),
  );
  const bytes = new Uint8Array(await answer!.clone().arrayBuffer());
  requireSameShape(name, await answer!.json(), await other!.json());
  const file = `${world.folder}/${folder}.body`;
  await Deno.writeFile(file, bytes);
  await using same = await servers.start(reference("same_bytes"), {
    ...stack.env,
    BODY_FILE: file,
    CONTENT_TYPE: answer!.headers.get("content-type") ?? "",
  });

  const ask: RequestSpec = { method, paths: [path], tokens: signedIn ? tokens : [], status: 200 };
  const subjects: Record<string, Subject> = {
    ours: { server: our, ask, asks },
    empty: { server: empty, ask },
    "same bytes": { server: same, ask },
    plain: { server: plainly, ask, asks },
  };
  const row = rowOf(HOT, name, await measure(subjects, world));
  if (name === "stripe-products" || name === "stripe-prices") {
    addBudget(row, "CPU, at most twice that of the same bytes", row.ratios["same bytes"]?.cpu_us, 2);
  } else if (name === "stripe-customer") {
    addBudget(row, "CPU, at most a third of the plain function's", row.ratios.plain?.cpu_us, 1 / 3);
  }
  return row;
}
