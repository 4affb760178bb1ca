/** Maximum load for a while: no variety of requests may fill the memory. */
import { distinctPages } from "../distinct_pages.ts";
import { hasCpuTimes, readMemory } from "../cpu_time.ts";
import type { RequestSpec } from "../load/load_job.ts";
import { addBudget, type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { ours } from "../programs.ts";

export const FULL_LOAD = "full load";

const NAME = "stripe-products";
/** The memory limit of an Edge Function. https://supabase.com/docs/guides/functions/limits */
const MEGABYTES = 256;
const MANY = 100_000_000;

export async function measureFullLoad(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const { stack, customers, sizes } = context;
  const token = await stack.signIn(customers[0]!);
  const loads = {
    "one token, one page": () => ({ paths: [`/${NAME}?limit=20`], tokens: [token] }),
    "different tokens and pages": async () => ({
      // One page less, so that tokens and pages form new pairs in every cycle.
      paths: distinctPages(NAME, stack.productIds).slice(1),
      tokens: await Promise.all(Array.from({ length: sizes.tokens }, (_, index) => stack.signIn(`user_load${index}`))),
    }),
  };

  const rows: Row[] = [];
  for (const [name, load] of Object.entries(loads)) {
    if (!includes(FULL_LOAD, name)) continue;
    context.progress(`Full load: ${name}`);
    rows.push(await measureRow(name, { method: "GET", status: 200, ...await load() }, token, context));
  }
  return rows;
}

async function measureRow(
  name: string,
  requests: RequestSpec,
  token: string,
  { stack, sizes, servers, generateLoad }: BenchmarkContext,
): Promise<Row> {
  await using server = await servers.start(ours(NAME), stack.env);
  await firstAnswer(server, "GET", `/${NAME}`, token);
  // Each row gets half of the time. The first part lets the engine compile and the heap grow.
  const seconds = sizes.minutes * 60 / 2;
  const { concurrency } = sizes;
  const run = (share: number) =>
    generateLoad({ requests, url: server.url, concurrency, first: 0, count: MANY, seconds: seconds * share });
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
    "memory at its peak, at most the platform's limit (MB)",
    row.figures.ours?.memory_peak_mb,
    MEGABYTES,
  );
}
