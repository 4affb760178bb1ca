/** The catalog without its page cache: each request is for a different page. */
import { distinctPages } from "../distinct_pages.ts";
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import { type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { baseline, ours } from "../programs.ts";

export const COLD_CACHE = "cold cache";

export async function measureColdCache(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const rows: Row[] = [];
  const { productIds, priceIds } = context.stack;
  for (const [name, ids] of [["stripe-products", productIds], ["stripe-prices", priceIds]] as const) {
    if (!includes(COLD_CACHE, name)) continue;
    context.progress(`Cold cache: ${name}`);
    rows.push(await measureRow(name, distinctPages(name, ids), context));
  }
  return rows;
}

async function measureRow(name: string, paths: string[], context: BenchmarkContext): Promise<Row> {
  const { stack, customers, servers } = context;
  const token = await stack.signIn(customers[0]!);
  await using own = await servers.start(ours(name), stack.env);
  await using other = await servers.start(baseline(name), stack.env);
  await firstAnswer(own, "GET", `/${name}`, token);
  const requests: RequestSpec = { method: "GET", paths, tokens: [token], status: 200 };
  const subjects: Record<string, Subject> = {
    ours: { server: own, requests, uses: ["stack", "database"] },
    baseline: { server: other, requests, uses: ["stack"] },
  };
  return rowOf(COLD_CACHE, name, await measure(subjects, context));
}
