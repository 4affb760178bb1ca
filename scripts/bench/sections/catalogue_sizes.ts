/** A page of a short and of a long catalogue, none of them remembered, so that SQL is asked. */
import type { BenchStack } from "../bench_stack.ts";
import { differentPages } from "../different_pages.ts";
import { measure, type Subject } from "../measure.ts";
import type { Row } from "../report.ts";
import { rowOfSizes } from "../row_of_sizes.ts";
import type { Server } from "../server.ts";
import type { Wanted } from "../wanted.ts";
import { firstAnswer, ours, type World } from "../world.ts";

export const CATALOGUE_SIZES = "catalogue sizes";

const LISTS = { "stripe-products": "productIds", "stripe-prices": "priceIds" } as const;

export async function measureCatalogueSizes(world: World, wanted: Wanted): Promise<Row[]> {
  const names = (["stripe-products", "stripe-prices"] as const).filter((name) => wanted(CATALOGUE_SIZES, name));
  if (names.length === 0) return [];
  const { sizes, stack, customers, servers, progress } = world;
  const [few, many] = sizes.products;
  progress(`Catalogue sizes: making ${many.toLocaleString("en")} products`);
  await using large = await world.startStack("bench_catalogue", many);

  const rows: Row[] = [];
  for (const name of names) {
    progress(`Catalogue sizes: ${name}`);
    await using fewServer = await servers.start(ours(name), stack.env);
    await using manyServer = await servers.start(ours(name), large.env);
    const subject = async (server: Server, on: BenchStack): Promise<Subject> => {
      const token = await on.signIn(customers[0]!);
      await firstAnswer(server, "GET", `/${name}`, token);
      const paths = differentPages(name, on[LISTS[name]]);
      return { server, ask: { method: "GET", paths, tokens: [token], status: 200 }, asks: ["stack", "database"] };
    };
    const subjects = {
      [`${many.toLocaleString("en")} products`]: await subject(manyServer, large),
      [`${few.toLocaleString("en")} products`]: await subject(fewServer, stack),
    };
    rows.push(rowOfSizes(CATALOGUE_SIZES, name, await measure(subjects, world)));
  }
  return rows;
}
