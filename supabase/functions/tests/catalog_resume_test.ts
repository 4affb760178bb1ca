/** A fill of a large catalog takes several runs, of which processes are killed. */
import { assert, assertEquals } from "@std/assert";
import { readError } from "./answers.ts";
import { type CatalogStack, ids, readAll, startCatalogStack } from "./catalog_stack.ts";
import { until } from "./until.ts";

/** Full size: more pages than one run lists. */
const PRODUCTS = Number(Deno.env.get("PROOF_CATALOG") ?? 2_550);
const PRICES = 150;
/** Objects a page that a fill lists. */
const PAGE = 100;
const CONCURRENCY = 10;
const MAX_CALLS = 1_000;

async function createMany(count: number, create: () => Promise<unknown>): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (left-- > 0) await create();
  }));
}

/** The pages of a list, as `lists` names them. */
const pagesOf = (list: string, ids: string[]): string[] => [
  list,
  ...ids.filter((_, n) => n % PAGE === PAGE - 1 && n < ids.length - 1).map((id) => `${list} ${id}`),
];

const call = async (stack: CatalogStack) => {
  const response = await stack.call("stripe-products");
  await response.body?.cancel();
};

/** Kills the function while it waits for a page of this list after so many others, and ends the lease. */
async function killDuring(stack: CatalogStack, list: string, others: number): Promise<void> {
  const path = `/v1/${list}`;
  if (others > 0) await stack.fault({ method: "GET", path, times: others, latency_ms: 1 });
  await stack.fault({ method: "GET", path, times: 1_000, latency_ms: 60_000 });
  const listed = async () => (await stack.lists()).filter((page) => page.split(" ")[0] === list).length > others;
  let waiting = true;
  const lost = (async () => {
    while (waiting) await call(stack).catch(() => {}), await new Promise((resume) => setTimeout(resume, 50));
  })();
  await until(listed, `a list of ${list}`);
  waiting = false;
  await stack.kill("stripe-products");
  await lost;
  await stack.clearFaults();
  const { length } = await stack.lists();
  await readError(await stack.call("stripe-products"), "catalog_filling"); // the lease has not expired
  assertEquals((await stack.lists()).length, length);
  await stack.sql`update billing.jobs set lease_until = '-infinity' where name = 'catalog_fill'`;
}

Deno.test(`A fill of ${PRODUCTS} products, killed during both lists, resumes at the page that was being listed, and ends`, async () => {
  await using stack = await startCatalogStack();
  const { stripe, sql } = stack;
  await createMany(PRODUCTS, () => stripe.products.create({ name: "Product" }));
  const all = async (list: AsyncIterable<{ id: string }>) => (await Array.fromAsync(list)).map(({ id }) => id);
  const products = await all(stripe.products.list({ limit: PAGE }));
  await createMany(PRICES, () => stripe.prices.create({ product: products[0]!, currency: "usd", unit_amount: 100 }));
  const prices = await all(stripe.prices.list({ limit: PAGE }));
  await stack.forgetStripeRequests();

  await killDuring(stack, "products", 2);
  await killDuring(stack, "prices", 1);
  const isComplete = async () => (await sql`select completed_at from billing.catalog_fill`)[0]?.completed_at != null;
  for (let calls = 0; !await isComplete(); calls++) {
    assert(calls < MAX_CALLS, "The fill does not end");
    await call(stack);
    await new Promise((resume) => setTimeout(resume, 50));
  }

  const lists = await stack.lists();
  const pages = [...pagesOf("products", products), ...pagesOf("prices", prices)];
  assertEquals(lists.filter((list, n) => list !== lists[n - 1]), pages, "Each page is listed, in order");
  const repeated = new Set(lists.filter((list, n) => list === lists[n - 1]));
  assertEquals([...repeated], [pages[2], pages.at(-1)], "Only what was being listed is listed again");

  const shown = await readAll(stack.products, "active=true", PAGE);
  assertEquals(ids(shown).sort(), products.toSorted());
  assertEquals((await readAll(stack.prices, "active=true", PAGE)).length, PRICES);
});
