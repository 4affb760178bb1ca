/** The catalog when no page is remembered: each request asks for another one. */
import { distinctPages } from "../distinct_pages.ts";
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import { type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, firstAnswer, ours, plain } from "../context.ts";

export const COLD_CACHE = "cold cache";

export async function measureColdCache(world: Context, wanted: RowFilter): Promise<Row[]> {
  const rows: Row[] = [];
  const { productIds, priceIds } = world.stack;
  for (const [name, ids] of [["stripe-products", productIds], ["stripe-prices", priceIds]] as const) {
    if (!wanted(COLD_CACHE, name)) continue;
    world.progress(`Cold cache: ${name}`);
    rows.push(await measureRow(name, distinctPages(name, ids), world));
  }
  return rows;
}

async function measureRow(name: string, paths: string[], world: Context): Promise<Row> {
  const { stack, customers, servers } = world;
  const token = await stack.signIn(customers[0]!);
  await using our = await servers.start(ours(name), stack.env);
  await using other = await servers.start(plain(name), stack.env);
  await firstAnswer(our, "GET", `/${name}`, token);
  const ask: RequestSpec = { method: "GET", paths, tokens: [token], status: 200 };
  const subjects: Record<string, Subject> = {
    ours: { server: our, ask, asks: ["stack", "database"] },
    plain: { server: other, ask, asks: ["stack"] },
  };
  return rowOf(COLD_CACHE, name, await measure(subjects, world));
}
