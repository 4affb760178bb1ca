/** The catalog when no page is remembered: each request asks for another one. */
import { differentPages } from "../different_pages.ts";
import type { Ask } from "../load/job.ts";
import { measure, type Subject } from "../measure.ts";
import { type Row, rowOf } from "../report.ts";
import type { Wanted } from "../wanted.ts";
import { firstAnswer, ours, plain, type World } from "../world.ts";

export const COLD_CACHE = "cold cache";

export async function measureColdCache(world: World, wanted: Wanted): Promise<Row[]> {
  const rows: Row[] = [];
  const { productIds, priceIds } = world.stack;
  for (const [name, ids] of [["stripe-products", productIds], ["stripe-prices", priceIds]] as const) {
    if (!wanted(COLD_CACHE, name)) continue;
    world.progress(`Cold cache: ${name}`);
    rows.push(await measureRow(name, differentPages(name, ids), world));
  }
  return rows;
}

async function measureRow(name: string, paths: string[], world: World): Promise<Row> {
  const { stack, customers, servers } = world;
  const token = await stack.signIn(customers[0]!);
  await using our = await servers.start(ours(name), stack.env);
  await using other = await servers.start(plain(name), stack.env);
  await firstAnswer(our, "GET", `/${name}`, token);
  const ask: Ask = { method: "GET", paths, tokens: [token], status: 200 };
  const subjects: Record<string, Subject> = {
    ours: { server: our, ask, asks: ["stack", "database"] },
    plain: { server: other, ask, asks: ["stack"] },
  };
  return rowOf(COLD_CACHE, name, await measure(subjects, world));
}
