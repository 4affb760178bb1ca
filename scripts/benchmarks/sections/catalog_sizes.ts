/** A page of a small and of a large catalog, never from the page cache, so that SQL is measured. */
import type { BenchmarkStack } from "../benchmark_stack.ts";
import { distinctPages } from "../distinct_pages.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import { sizeRow } from "../size_row.ts";
import type { Server } from "../server.ts";
import type { RowFilter } from "../row_filter.ts";
import { type BenchmarkContext, firstAnswer } from "../context.ts";
import { ours } from "../programs.ts";

export const CATALOG_SIZES = "catalog sizes";

const LISTS = { "stripe-products": "productIds", "stripe-prices": "priceIds" } as const;

export async function measureCatalogSizes(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = (["stripe-products", "stripe-prices"] as const).filter((name) => includes(CATALOG_SIZES, name));
  if (names.length === 0) return [];
  const { sizes, stack, customers, servers, progress } = context;
  const [few, many] = sizes.products;
  progress(`Catalog sizes: creating ${many.toLocaleString("en")} products`);
  await using large = await context.startStack("benchmark_catalog", many);

  const rows: Row[] = [];
  for (const name of names) {
    progress(`Catalog sizes: ${name}`);
    await using fewServer = await servers.start(ours(name), stack.env);
    await using manyServer = await servers.start(ours(name), large.env);
    const subject = async (server: Server, on: BenchmarkStack): Promise<Subject> => {
      const token = await on.signIn(customers[0]!);
      await firstAnswer(server, "GET", `/${name}`, token);
      const paths = distinctPages(name, on[LISTS[name]]);
      return { server, requests: { method: "GET", paths, tokens: [token], status: 200 }, uses: ["stack", "database"] };
    };
    const subjects = {
      [`${many.toLocaleString("en")} products`]: await subject(manyServer, large),
      [`${few.toLocaleString("en")} products`]: await subject(fewServer, stack),
    };
    rows.push(sizeRow(CATALOG_SIZES, name, await measure(subjects, context)));
  }
  return rows;
}
