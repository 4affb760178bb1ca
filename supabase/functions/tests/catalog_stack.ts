import { assert, assertEquals } from "@std/assert";
import { type PricePage, PricePage as Prices } from "../_shared/contract/prices.ts";
import { type ProductPage, ProductPage as Products } from "../_shared/contract/products.ts";
import { readAnswer } from "./answers.ts";
import { startStack, type TestStackOptions } from "./stack.ts";
import { until } from "./until.ts";

export type CatalogStack = Awaited<ReturnType<typeof startCatalogStack>>;

/** A stack with a public catalog that is read from Stripe again when a test says so. */
export async function startCatalogStack(env: Record<string, string | null> = {}, wish: TestStackOptions = {}) {
  const stack = await startStack({ CATALOG_ACCESS: "public", CATALOG_REFRESH_SECONDS: "99999", ...env }, wish);
  const { sql } = stack;
  let asked = 0;

  /** A query that was not asked before, so that no memory of pages answers. */
  function unasked(expansion: "prices" | "product"): string {
    const asking = asked++;
    if (asking >= 160) throw new Error("There is no such query left");
    return `limit=${20 + asking % 80}${asking < 80 ? "" : `&expand=${expansion}`}`;
  }

  const products = async (query = unasked("prices")): Promise<ProductPage> =>
    await readAnswer(await stack.call(`stripe-products?${query}`), 200, Products);
  const prices = async (query = unasked("product")): Promise<PricePage> =>
    await readAnswer(await stack.call(`stripe-prices?${query}`), 200, Prices);
  const completed = async () => (await sql`select completed_at from billing.catalog_fill`)[0]?.completed_at;

  const settle = () =>
    until(async () =>
      (await sql`select lease_until <= now() as idle from billing.jobs where name = 'catalog_fill'`)[0]?.idle
    );
  async function makeDue() {
    await settle();
    await sql`update billing.catalog_fill set due_at = now() where singleton`;
    await stack.forgetStripeRequests();
  }

  return {
    ...stack,
    products,
    prices,

    /** The next page that is read shall fill the catalog, and what Stripe is asked is counted from here. */
    makeDue,

    /** Waits until nobody is filling. */
    settle,

    /** Lists Stripe again, behind the answer to a call, and waits for the end of it. */
    async refill(): Promise<void> {
      await makeDue();
      const before = await completed();
      await products();
      await until(async () => +(await completed() ?? 0) !== +(before ?? 0));
    },

    /** Which pages Stripe was asked for; that a page of tiered prices takes a second look is not told. */
    lists: async () =>
      (await stack.stripeLog())
        .filter(({ method, path }) => method === "GET" && /^\/v1\/(products|prices)$/.test(path))
        .filter(({ query }) => !/currency_options\.\w+\.tiers/.test(query))
        .map(({ path, query }) => {
          const after = new URLSearchParams(query).get("starting_after");
          return path.slice("/v1/".length) + (after === null ? "" : ` ${after}`);
        }),
  };
}

/** Everything that pages of this size give, to the end; pages are full, and the last says so. */
export async function readAll<Item extends { id: string }>(
  read: (query: string) => Promise<{ data: Item[]; has_more: boolean; next_cursor: string | null }>,
  query: string,
  limit: number,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let after = "";;) {
    const page = await read(`${query}&limit=${limit}${after}`);
    all.push(...page.data);
    assert(new Set(ids(all)).size === all.length, "A page shows again what a page before showed");
    assertEquals(page.next_cursor, page.has_more ? page.data.at(-1)!.id : null);
    if (page.has_more) assertEquals(page.data.length, limit);
    if (!page.has_more) return all;
    after = `&starting_after=${page.next_cursor}`;
  }
}

export const ids = (items: { id: string }[]) => items.map(({ id }) => id);
