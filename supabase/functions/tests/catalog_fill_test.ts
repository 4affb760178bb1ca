/** Fills of the catalog from Stripe, and the catalog during outages. */
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { readError, readText } from "./answers.ts";
import { type CatalogStack, ids, startCatalogStack } from "./catalog_stack.ts";
import { until } from "./until.ts";

/** Creates a product with a price at Stripe. */
async function createOffer({ stripe }: CatalogStack, name: string) {
  const product = await stripe.products.create({ name });
  const price = await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 100 });
  return { product: product.id, price: price.id };
}

Deno.test("An empty catalog", async (t) => {
  await using stack = await startCatalogStack({}, { seed: true });
  const { products, prices } = stack;

  await t.step("while Stripe is down the first call answers 503 with Retry-After", async () => {
    await stack.fault({ path: "/v1/*", kind: "500", times: 1_000 });
    const response = await stack.call("stripe-products");
    await readError(response, "stripe_unavailable");
    await stack.clearFaults();
    assertEquals((await stack.sql`select from billing.catalog_fill where completed_at is not null`).length, 0);
  });

  await t.step("a hundred concurrent calls with different queries list Stripe's objects once", async () => {
    await stack.sql`delete from billing.catalog_fill`;
    await stack.sql`delete from billing.jobs`;
    await stack.kill("stripe-products");
    await stack.forgetStripeRequests();
    const responses = await Promise.all(Array.from({ length: 100 }, (_, n) => {
      const query = [`limit=${n + 1}`, `limit=${n + 1}&active=${n % 4 === 0}`][Math.floor(n / 2) % 2];
      return stack.call(`stripe-${n % 2 ? "products" : "prices"}?${query}`);
    }));
    for (const response of responses) {
      if (response.status === 503) await readError(response, "catalog_filling");
      else await readText(response, 200);
    }
    await stack.settle();
    assert((await products()).data.length > 3 && (await prices()).data.length > 3);
    assertEquals(await stack.lists(), ["products", "prices"]);
  });
});

Deno.test("A filled catalog", async (t) => {
  await using stack = await startCatalogStack();
  const { sql, stripe, products, prices, refill } = stack;
  const kept = await createOffer(stack, "Kept");
  await products();

  await t.step("is not listed again before it is due", async () => {
    await stack.forgetStripeRequests();
    for (let n = 0; n < 5; n++) await products();
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("is served unchanged during a fill", async () => {
    await createOffer(stack, "New");
    await stack.fault({ path: "/v1/products", latency_ms: 1_000 });
    await stack.makeDue();
    assertEquals((await products()).data.map(({ name }) => name), ["Kept"]);
    await until(async () => (await stack.lists()).length > 0);
    await stack.settle();
    assertEquals((await products()).data.map(({ name }) => name).sort(), ["Kept", "New"]);
  });

  await t.step("is filled once for many concurrent callers", async () => {
    await stack.fault({ path: "/v1/products", latency_ms: 300 });
    await stack.makeDue();
    await Promise.all(Array.from({ length: 30 }, (_, n) => n % 2 ? products() : prices()));
    await until(async () => (await stack.lists()).length > 0);
    await stack.settle();
    assertEquals(await stack.lists(), ["products", "prices"]);
  });

  await t.step("shows a product's new name under a new ETag", async () => {
    const query = "stripe-products?limit=7";
    const etagOf = async (headers: Record<string, string> = {}) => {
      const response = await stack.call(query, { headers });
      const text = await response.text();
      return { status: response.status, etag: response.headers.get("etag")!, text };
    };
    const before = await etagOf();
    assertEquals((await etagOf({ "if-none-match": before.etag })).status, 304);
    await refill();
    assertEquals((await etagOf()).etag, before.etag);

    await stripe.products.update(kept.product, { name: "Renamed" });
    await refill();
    await until(async () => (await etagOf({ "if-none-match": before.etag })).status === 200);
    const after = await etagOf();
    assertNotEquals(after.etag, before.etag);
    assert(after.text.includes("Renamed"));
  });

  await t.step("does not show a deleted product", async () => {
    const { id } = await stripe.products.create({ name: "Deleted later" });
    await refill();
    assert(ids((await products()).data).includes(id));
    await stripe.products.del(id);
    await refill();
    for (const active of [true, false]) {
      assertEquals(ids((await products(`active=${active}&limit=11`)).data).includes(id), false);
    }
    assertEquals((await sql`select deleted, name from stripe_products where id = ${id}`)[0], {
      deleted: true,
      name: null,
    });
    await readError(await stack.call(`stripe-products?starting_after=${id}`), "invalid_request");
  });

  await t.step("does not show an archived product or its prices", async () => {
    const { product, price } = await createOffer(stack, "Archived later");
    await refill();
    assert(ids((await prices()).data).includes(price));
    await stripe.products.update(product, { active: false });
    await refill();
    assertEquals(ids((await products()).data).includes(product), false);
    for (const query of ["active=true", "active=false", `product=${product}`]) {
      assertEquals(ids((await prices(`${query}&limit=12`)).data).includes(price), false);
    }
    assert(ids((await products("active=false&limit=13")).data).includes(product));
  });

  await t.step("does not show an archived price, also inside its product", async () => {
    const { product, price } = await createOffer(stack, "Stays");
    await refill();
    await stripe.prices.update(price, { active: false });
    await refill();
    assertEquals((await prices(`product=${product}`)).data, []);
    assertEquals(ids((await prices(`product=${product}&active=false`)).data), [price]);
    const shown = (await products("expand=prices&limit=14")).data.find(({ id }) => id === product);
    assertEquals(shown?.prices, []);
  });

  await t.step("shows a product that is active again", async () => {
    const { product, price } = await createOffer(stack, "Comes back");
    await stripe.products.update(product, { active: false });
    await refill();
    await stripe.products.update(product, { active: true });
    await refill();
    assertEquals(ids((await prices(`product=${product}`)).data), [price]);
  });

  await t.step("does not show a price whose product is not mirrored yet", async () => {
    const price = {
      ...await stripe.prices.retrieve(kept.price),
      id: "price_early",
      product: "prod_unseen",
      lastResponse: undefined,
    };
    await stack.confirmTestKey();
    await sql`select record_objects(draw_ticket('test_1'), ${sql.json([JSON.parse(JSON.stringify(price))])}, 'test_1')`;
    assertEquals((await prices("product=prod_unseen")).data, []);
  });

  await t.step("keeps the newest record when an older ticket is recorded later", async () => {
    const [{ ticket: early } = {}] = await sql`select draw_ticket('test_1') as ticket`;
    await stripe.products.update(kept.product, { name: "Newest" });
    await refill();
    const [{ data } = {}] = await sql`select data from stripe_products where id = ${kept.product}`;
    await sql`select record_objects(${early}, ${sql.json([{ ...data, name: "Late" }])}, 'test_1')`;
    await sql`select record_objects(${early}, ${
      sql.json([{ id: kept.product, object: "product", deleted: true }])
    }, 'test_1')`;
    const { data: page } = await products();
    assertEquals(page.find(({ id }) => id === kept.product)?.name, "Newest");
  });

  await t.step(
    "after a killed fill another continues from its page, and the killed run can record no more",
    async () => {
      const first = await createOffer(stack, "Before the kill");
      await stack.makeDue();
      const [{ claim } = {}] = await sql`select claim_catalog_fill('test_1') as claim`;
      const ticket = Number(String(claim).match(/\d+/));
      const seen = JSON.parse(JSON.stringify(await stripe.products.retrieve(first.product)));
      await sql`select record_catalog_page(${ticket}, ${sql.json([seen])}, 'product', ${first.product}, 'test_1')`;

      await stack.forgetStripeRequests();
      await products();
      assertEquals(await stack.lists(), []);
      await sql`update billing.jobs set lease_until = now() - interval '1 second' where name = 'catalog_fill'`;
      await products();
      await until(async () =>
        (await sql`select run_id from billing.jobs where name = 'catalog_fill'`)[0]?.run_id === null
      );
      assertEquals(await stack.lists(), [`products ${first.product}`, "prices"]);
      const [{ continues } = {}] =
        await sql`select record_catalog_page(${ticket}, '[]', 'product', null, 'test_1') as continues`;
      assertEquals(continues, false);
      assertEquals(ids((await prices(`product=${first.product}`)).data), [first.price]);
      assert(ids((await products()).data).includes(kept.product));
    },
  );

  await t.step("begins again when the cursor is a deleted product", async () => {
    await stack.settle();
    await sql`
      update billing.jobs set cursor = 'prod_gone', run_id = nextval('billing.tickets') where name = 'catalog_fill'`;
    await sql`update billing.catalog_fill set kind = 'product' where singleton`;
    await stack.makeDue();
    await products();
    await until(async () =>
      (await sql`select cursor from billing.jobs where name = 'catalog_fill'`)[0]?.cursor === null
    );
    assertEquals(await stack.lists(), ["products prod_gone"]);
    await refill();
    assertEquals(await stack.lists(), ["products", "prices"]);
    assert(ids((await products()).data).includes(kept.product));
  });

  await t.step("is served while Stripe is down, and filled when Stripe is back", async () => {
    const before = ids((await products()).data);
    const { product } = await createOffer(stack, "Created before the outage");
    await stack.fault({ path: "/v1/*", kind: "500", times: 1_000 });
    await stack.makeDue();
    await products();
    await until(async () => (await stack.lists()).length > 0);
    await stack.settle();
    assertEquals(ids((await products()).data), before);

    await stack.clearFaults();
    await refill();
    assert(ids((await products()).data).includes(product));
  });

  await t.step("is next due after the Retry-After of Stripe's rate limit", async () => {
    await stack.fault({ path: "/v1/products", kind: "429", retry_after: 50, times: 10 });
    await stack.makeDue();
    await products();
    await until(async () => (await stack.lists()).length > 0);
    await stack.settle();
    const [{ seconds } = {}] = await sql`
      select extract(epoch from due_at - now())::int as seconds from billing.catalog_fill`;
    assert(seconds > 30 && seconds <= 50);
    await stack.clearFaults();
    await refill();
  });

  await t.step("is served from memory while the database is down", async () => {
    const query = "limit=9&expand=prices";
    const before = await products(query);
    await stack.stopDatabase();
    try {
      assertEquals(await products(query), before);
      await until(async () => {
        assertEquals(await products(query), before);
        return (await stack.logs()).includes("Serving an older value");
      });
      assertEquals(await products(query), before);
      const other = await stack.call(`stripe-products?limit=8&active=false`);
      await readError(other, "database_unavailable");
    } finally {
      await stack.startDatabase();
    }
    await until(async () => {
      const response = await stack.call("stripe-products?limit=8&active=false");
      await response.body?.cancel();
      return response.status === 200;
    });
  });

  await t.step("is neither served, replaced nor listed with a key of another account", async () => {
    const [{ account } = {}] = await sql`select stripe_account as account from billing.deployment`;
    await sql`update billing.deployment set stripe_account = 'acct_another', confirmed_keys = '{}'`;
    await stack.kill("stripe-products");
    const { product } = await createOffer(stack, "Of another account");
    await stack.makeDue();
    await readError(await stack.call("stripe-products"), "not_configured");
    assertEquals(await stack.lists(), []);
    assertEquals((await sql`select from stripe_products where id = ${product}`).length, 0);

    await sql`update billing.deployment set stripe_account = ${account}`;
    await refill();
    assert(ids((await products()).data).includes(product));
  });

  await t.step("answers not_configured with a key of the other mode", async () => {
    await sql`update billing.deployment set livemode = true, confirmed_keys = '{}'`;
    await stack.kill("stripe-products");
    await readError(await stack.call("stripe-products"), "not_configured");
    await sql`update billing.deployment set livemode = false`;
  });
});
