/** A page of a short and of a long catalog, none of them remembered, so that SQL is asked. */
import type { TestStack } from "../benchmark_stack.ts";
import { distinctPages } from "../distinct_pages.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import { sizeRow } from "../size_row.ts";
import type { Server } from "../server.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, firstAnswer, ours } from "../context.ts";

export const CATALOG_SIZES = "catalog sizes";

const LISTS = { "stripe-products": "productIds", "stripe-prices": "priceIds" } as const;

export async function measureCatalogSizes(world: Context, wanted: RowFilter): Promise<Row[]> {
  const names = (["stripe-products", "stripe-prices"] as const).filter((name) => wanted(CATALOG_SIZES, name));
  if (names.length === 0) return [];
  const { sizes, stack, customers, servers, progress } = world;
  const [few, many] = sizes.products;
  progress(`Catalog sizes: making ${many.toLocaleString("en")} products`);
  await using large = await world.startStack("bench_catalog", many);

  const rows: Row[] = [];
  for (const name of names) {
    progress(`Catalog sizes: ${name}`);
    await using fewServer = await servers.start(ours(name), stack.env);
    await using manyServer = await servers.start(ours(name), large.env);
    const subject = async (server: Server, on: TestStack): Promise<Subject> => {
      const token = await on.signIn(customers[0]!);
      await firstAnswer(server, "GET", `/${name}`, token);
      const paths = distinctPages(name, on[LISTS[name]]);
      return { server, ask: { method: "GET", paths, tokens: [token], status: 200 }, asks: ["stack", "database"] };
    };
    const subjects = {
      [`${many.toLocaleString("en")} products`]: await subject(manyServer, large),
      [`${few.toLocaleString("en")} products`]: await subject(fewServer, stack),
    };
    rows.push(sizeRow(CATALOG_SIZES, name, await measure(subjects, world)));
  }
  return rows;
}
