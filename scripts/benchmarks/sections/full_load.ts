/** As much as goes, for a while: nothing that callers can invent may fill the memory. */
import { distinctPages } from "../distinct_pages.ts";
import { hasCpuTimes, readMemory } from "../cpu_time.ts";
import type { RequestSpec } from "../load/load_job.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, firstAnswer, ours } from "../context.ts";

export const FULL_LOAD = "full load";

const NAME = "stripe-products";
/** What an Edge Function may use. https://supabase.com/docs/guides/functions/limits */
const MEGABYTES = 256;
const MANY = 100_000_000;

export async function measureFullLoad(world: Context, wanted: RowFilter): Promise<Row[]> {
  const { stack, customers, sizes } = world;
  const token = await stack.signIn(customers[0]!);
  const loads = {
    "one token, one page": () => ({ paths: [`/${NAME}?limit=20`], tokens: [token] }),
    "different tokens and pages": async () => ({
      // One less, so that token and page meet in ever new pairs.
      paths: distinctPages(NAME, stack.productIds).slice(1),
      tokens: await Promise.all(Array.from({ length: sizes.tokens }, (_, index) => stack.signIn(`user_flood${index}`))),
    }),
  };

  const rows: Row[] = [];
  for (const [name, load] of Object.entries(loads)) {
    if (!wanted(FULL_LOAD, name)) continue;
    world.progress(`Full load: ${name}`);
    rows.push(await measureRow(name, { method: "GET", status: 200, ...await load() }, token, world));
  }
  return rows;
}

async function measureRow(
  name: string,
  ask: RequestSpec,
  token: string,
  { stack, sizes, servers, loader }: Context,
): Promise<Row> {
  await using server = await servers.start(ours(NAME), stack.env);
  await firstAnswer(server, "GET", `/${NAME}`, token);
  // Half of the time each; the beginning is when the engine has compiled what it will and its heap has its size.
  const seconds = sizes.minutes * 60 / 2;
  const { concurrency } = sizes;
  const run = (share: number) =>
    loader({ ask, url: server.url, concurrency, first: 0, count: MANY, seconds: seconds * share });
  await run(0.2);

  const begin = readMemory(server.pid);
  let peak = begin;
  const timer = setInterval(() => peak = Math.max(peak, readMemory(server.pid)), 250);
  const { count, seconds: took } = await run(0.8);
  clearInterval(timer);
  const end = readMemory(server.pid);
  peak = Math.max(peak, end);

  const memory = { memory_begin_mb: begin, memory_peak_mb: peak, memory_end_mb: end };
  const figures = { requests_per_second: count / took, ...hasCpuTimes && memory };
  const row = rowOf(FULL_LOAD, name, { ours: [figures] });
  return addBudget(
    row,
    "memory at its peak, at most what the platform gives (MB)",
    row.figures.ours?.memory_peak_mb,
    MEGABYTES,
  );
}
