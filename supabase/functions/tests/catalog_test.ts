/** The catalog's pages, compared with the objects at Stripe. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import type Stripe from "stripe";
import { readProblems } from "./answers.ts";
import { ids, readAll, startCatalogStack } from "./catalog_stack.ts";

const PRODUCTS = 130;
const PRICES = 230;

/** Creates more than one of Stripe's pages of each kind within a few seconds. */
async function fillStripe(stripe: Stripe) {
  const products = await inBatches(PRODUCTS, (n) => stripe.products.create({ name: `Product ${n}` }));
  const prices = await inBatches(PRICES, (n) =>
    stripe.prices.create({
      // The last ten products have no price; the first have several.
      product: products[n % (PRODUCTS - 10)]!.id,
      currency: ["usd", "eur", "jpy"][n % 3]!,
      unit_amount: 100 + n,
      nickname: `Price ${n}`,
      ...n % 2 === 0 && { recurring: { interval: (["month", "year"] as const)[(n / 2) % 2]! } },
      ...n % 5 === 0 && { lookup_key: `key_${n}` },
    }));
  await inBatches(20, (n) => stripe.products.update(products[n]!.id, { active: false }));
  await inBatches(20, (n) => stripe.prices.update(prices[40 + n]!.id, { active: false }));
}

/** Creates ten objects at a time. */
async function inBatches<Made>(count: number, make: (n: number) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let n = 0; n < count; n += 10) {
    made.push(...await Promise.all(Array.from({ length: Math.min(10, count - n) }, (_, m) => make(n + m))));
  }
  return made;
}

/** Checks the order: newest first, by id within a second. */
function assertNewestFirst(items: { created: number; id: string }[]) {
  for (const [n, item] of items.entries()) {
    const next = items[n + 1];
    if (next) assert(item.created > next.created || (item.created === next.created && item.id > next.id));
  }
}

Deno.test("The catalog's pages", async (t) => {
  await using stack = await startCatalogStack();
  const { stripe, products, prices } = stack;
  await fillStripe(stripe);
  const allProducts = await stripe.products.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  const allPrices = await stripe.prices.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  const activeProducts = new Set(ids(allProducts.filter(({ active }) => active)));
  const offered = allPrices.filter(({ product }) => activeProducts.has(product as string));
  await stack.forgetStripeRequests();

  await t.step("the first fill reads all of Stripe's pages once", async () => {
    await products();
    const lists = await stack.lists();
    assertEquals(lists.map((list) => list.split(" ")[0]), ["products", "products", "prices", "prices", "prices"]);
    assertEquals(new Set(lists).size, 5);
    const [{ products: kept, prices: keptPrices } = {}] = await stack.sql`
      select (select count(*)::int from stripe_products) as products, (select count(*)::int from stripe_prices) as prices`;
    assertEquals([kept, keptPrices], [PRODUCTS, PRICES]);
  });

  await t.step("the objects share creation seconds, so that a page may end within one", () => {
    assertGreater(allProducts.length, new Set(allProducts.map(({ created }) => created)).size * 5);
  });

  for (const limit of [1, 3, 100]) {
    await t.step(`pages of ${limit} give every active product once, newest first`, async () => {
      const all = await readAll(products, "", limit);
      assertEquals(ids(all).sort(), [...activeProducts].sort());
      assertNewestFirst(all);
    });

    await t.step(`pages of ${limit} give every active price of an active product once, newest first`, async () => {
      const all = await readAll(prices, limit === 1 ? "currency=jpy&type=one_time" : "", limit);
      const expected = offered.filter(({ active, currency, type }) =>
        active && (limit > 1 || (currency === "jpy" && type === "one_time"))
      );
      assertEquals(ids(all).sort(), ids(expected).sort());
      assertNewestFirst(all);
    });
  }

  await t.step("no page shows an archived price or a price of an archived product by default", async () => {
    const archived = new Set(ids(allPrices.filter(({ active }) => !active)));
    assertEquals((await readAll(prices, "", 100)).filter(({ id }) => archived.has(id)), []);
    for (const product of ids(allProducts.filter(({ active }) => !active)).slice(0, 5)) {
      for (const query of ["", "&active=false", "&expand=product"]) {
        assertEquals((await prices(`product=${product}${query}`)).data, []);
      }
    }
  });

  await t.step("active=false lists archived objects, but no price of an archived product", async () => {
    const archived = await readAll(products, "active=false", 7);
    assertEquals(ids(archived).sort(), ids(allProducts.filter(({ active }) => !active)).sort());
    const archivedPrices = await readAll(prices, "active=false", 7);
    assertGreater(archivedPrices.length, 0);
    assertEquals(ids(archivedPrices).sort(), ids(offered.filter(({ active }) => !active)).sort());
  });

  await t.step("filters combine", async () => {
    const some = offered.find(({ lookup_key, active }) => lookup_key && active)!;
    const filters: Record<string, (price: Stripe.Price) => boolean> = {
      "currency=eur": ({ currency }) => currency === "eur",
      "currency=EUR": ({ currency }) => currency === "eur",
      "type=one_time": ({ type }) => type === "one_time",
      "type=recurring": ({ type }) => type === "recurring",
      "interval=year": ({ recurring }) => recurring?.interval === "year",
      "interval=week": () => false,
      [`product=${some.product}`]: ({ product }) => product === some.product,
      [`lookup_key=${some.lookup_key}`]: ({ lookup_key }) => lookup_key === some.lookup_key,
      "lookup_key=key_70&lookup_key=key_75&lookup_key=none": ({ lookup_key }) =>
        ["key_70", "key_75"].includes(lookup_key!),
      "product=prod_none": () => false,
    };
    const combinations = [
      ...Object.keys(filters).map((name) => [name]),
      ["currency=eur", "type=recurring"],
      ["currency=usd&interval=month", "type=recurring"],
      [`product=${some.product}`, `lookup_key=${some.lookup_key}`],
      ["type=one_time", "interval=year"],
      ["currency=EUR", "interval=year", "type=recurring"],
    ];
    const holds = (price: Stripe.Price, name: string) =>
      filters[name]?.(price) ?? (price.currency === "usd" && price.recurring?.interval === "month");
    for (const names of combinations) {
      const all = await readAll(prices, names.join("&"), 3);
      const expected = offered.filter((price) => price.active && names.every((name) => holds(price, name)));
      assertEquals(ids(all).sort(), ids(expected).sort(), names.join("&"));
      assertNewestFirst(all);
    }
  });

  await t.step("expand=prices includes a product's active prices, newest first", async () => {
    const all = await readAll(products, "expand=prices", 50);
    const shown = all.flatMap(({ id, prices }) => prices!.map((price) => [id, price.id]));
    const expected = offered.filter(({ active }) => active).map(({ id, product }) => [product, id]);
    assertEquals(shown.map(String).sort(), expected.map(String).sort());
    for (const { prices } of all) assertNewestFirst(prices!);
    assert(all.some(({ prices }) => prices!.length > 1) && all.some(({ prices }) => prices!.length === 0));
    const archived = await readAll(products, "expand=prices&active=false", 50);
    assertEquals(archived.flatMap(({ prices }) => prices), []);
  });

  await t.step("expand=product includes the product of each price and keeps the price's cursor", async () => {
    for (const price of await readAll(prices, "expand=product", 30)) {
      const { id, name, active } = price.product as { id: string; name: string; active: boolean };
      assertEquals(id, offered.find((other) => other.id === price.id)?.product as string);
      assertEquals([name, active], [allProducts.find((other) => other.id === id)?.name, true]);
    }
  });

  await t.step("a page continues after a cursor that is on no page", async () => {
    const [archived] = allProducts.filter(({ active }) => !active);
    const all = await readAll(products, "", 100);
    const older = all.filter(({ created, id }) =>
      created < archived!.created || (created === archived!.created && id < archived!.id)
    );
    const { data } = await products(`starting_after=${archived!.id}&limit=100`);
    assertEquals(ids(data), ids(older).slice(0, 100));
  });

  await t.step("an unknown cursor or one of the other list answers 400", async () => {
    for (const cursor of ["prod_none", allPrices[0]!.id, "'; drop table stripe_products; --", "%"]) {
      const response = await stack.call(`stripe-products?starting_after=${encodeURIComponent(cursor)}`);
      assertEquals(await readProblems(response), ["starting_after"]);
    }
  });

  await t.step("reading all pages sends no further request to Stripe", async () => {
    assertEquals((await stack.lists()).length, 5);
  });
});
