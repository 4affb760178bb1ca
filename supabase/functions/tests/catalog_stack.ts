import { assert, assertEquals } from "@std/assert";
import { type PricePage, PricePage as Prices } from "../_shared/contract/prices.ts";
import { type ProductPage, ProductPage as Products } from "../_shared/contract/products.ts";
import { readAnswer } from "./answers.ts";
import { startStack, type TestStackOptions } from "./stack.ts";
import { until } from "./until.ts";

/** The calls after which a fill is given up, and how often the database is read after each. */
const MAX_CALLS = 30;
const POLLS = 50;

export type CatalogStack = Awaited<ReturnType<typeof startCatalogStack>>;

/** A stack with a public catalog that is filled from Stripe again only when a test asks for it. */
export async function startCatalogStack(env: Record<string, string | null> = {}, options: TestStackOptions = {}) {
  const stack = await startStack({ CATALOG_ACCESS: "public", CATALOG_REFRESH_SECONDS: "99999", ...env }, options);
  const { sql } = stack;
  let queries = 0;

  /** A new query, so that no cached page answers. */
  function newQuery(expansion: "prices" | "product"): string {
    const n = queries++;
    if (n >= 160) throw new Error("No new query is left");
    return `limit=${20 + n % 80}${n < 80 ? "" : `&expand=${expansion}`}`;
  }

  const products = async (query = newQuery("prices")): Promise<ProductPage> =>
    await readAnswer(await stack.call(`stripe-products?${query}`), 200, Products);
  const prices = async (query = newQuery("product")): Promise<PricePage> =>
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

    /** Makes the next page request fill the catalog, and clears the log of requests to Stripe. */
    makeDue,

    /** Waits until no fill runs. */
    settle,

    /** Fills the catalog in the background of a call, and waits for the end of the fill. */
    async refill(): Promise<void> {
      await makeDue();
      const before = await completed();
      // A call that meets the end of the last run starts none, and another does.
      const isFilled = async () => +(await completed() ?? 0) !== +(before ?? 0);
      for (let calls = 1; calls <= MAX_CALLS; calls++) {
        await products();
        for (let polls = 0; polls < POLLS; polls++) {
          if (await isFilled()) return;
          await new Promise((resume) => setTimeout(resume, 20));
        }
      }
      throw new Error(`The catalog is not filled after ${MAX_CALLS} calls`);
    },

    /** The pages that were requested from Stripe, without the second request for tiered prices. */
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

/** Reads pages of this size to the end. Every page but the last must be full. */
export async function readAll<Item extends { id: string }>(
  read: (query: string) => Promise<{ data: Item[]; has_more: boolean; next_cursor: string | null }>,
  query: string,
  limit: number,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let after = "";;) {
    const page = await read(`${query}&limit=${limit}${after}`);
    all.push(...page.data);
    assert(new Set(ids(all)).size === all.length, "A page repeats an item of an earlier page");
    assertEquals(page.next_cursor, page.has_more ? page.data.at(-1)!.id : null);
    if (page.has_more) assertEquals(page.data.length, limit);
    if (!page.has_more) return all;
    after = `&starting_after=${page.next_cursor}`;
  }
}

export const ids = (items: { id: string }[]) => items.map(({ id }) => id);
