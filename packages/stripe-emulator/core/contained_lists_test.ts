import { assert, assertEquals } from "../testing/assert.ts";
import { openReceiver, settled, until } from "../testing/receiver.ts";
import { openShop } from "../testing/shop.ts";
import { stripe } from "../testing/stripe_cli.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

/** Creates an owner with twelve contained objects, and answers what it shows of them and all of them. */
const CUT: Record<string, (shop: Shop) => Promise<{ shown: any; all: Promise<{ id: string }[]> }>> = {
  async "an invoice's lines"({ sdk, customer }) {
    const { id } = await sdk.invoices.create({ customer: customer.id });
    for (let amount = 1; amount <= 12; amount++) {
      await sdk.invoiceItems.create({ customer: customer.id, invoice: id, amount, currency: "usd" });
    }
    return {
      shown: (await sdk.invoices.retrieve(id)).lines,
      all: sdk.invoices.listLineItems(id, { limit: 5 }).autoPagingToArray({ limit: 100 }),
    };
  },
  async "a subscription's items"({ sdk, priceOf, subscribe }) {
    const prices = await Promise.all(Array.from({ length: 12 }, (_, index) => priceOf(index + 1)));
    const { id } = await subscribe({ items: prices.map(({ id: price }) => ({ price })) });
    return {
      shown: (await sdk.subscriptions.retrieve(id)).items,
      all: sdk.subscriptionItems.list({ subscription: id, limit: 5 }).autoPagingToArray({ limit: 100 }),
    };
  },
  async "a Checkout session's line items"({ sdk, priceOf }) {
    const prices = await Promise.all(Array.from({ length: 12 }, (_, index) => priceOf(index + 1)));
    const { id } = await sdk.checkout.sessions.create({
      mode: "subscription",
      success_url: "http://localhost/",
      line_items: prices.map(({ id: price }) => ({ price })),
    });
    return {
      shown: (await sdk.checkout.sessions.retrieve(id, { expand: ["line_items"] })).line_items,
      all: sdk.checkout.sessions.listLineItems(id, { limit: 5 }).autoPagingToArray({ limit: 100 }),
    };
  },
  async "a customer's subscriptions"({ sdk, customer, subscribe }) {
    for (let count = 1; count <= 12; count++) await subscribe();
    return {
      shown: (await sdk.customers.retrieve(customer.id, { expand: ["subscriptions"] }) as any).subscriptions,
      all: sdk.subscriptions.list({ customer: customer.id, limit: 5 }).autoPagingToArray({ limit: 100 }),
    };
  },
};
for (const [what, create] of Object.entries(CUT)) {
  Deno.test(`${what} are cut after ten, and their list has all`, async () => {
    await using shop = await openShop();
    const { shown, all } = await create(shop);
    assertEquals([shown.object, shown.data.length, shown.has_more], ["list", 10, true]);
    const ids = (await all).map(({ id }) => id);
    assertEquals([ids.length, new Set(ids).size], [12, 12]);
    assert(shown.data.every(({ id }: { id: string }) => ids.includes(id)));
  });
}

Deno.test("a Checkout session's line items are paged in both directions, and its cursors are checked", async () => {
  await using shop = await openShop();
  const prices = await Promise.all([1, 2, 3].map((amount) => shop.priceOf(amount)));
  const { id } = await shop.sdk.checkout.sessions.create({
    mode: "subscription",
    success_url: "http://localhost/",
    line_items: prices.map(({ id: price }) => ({ price })),
  });
  const list = async (page: Record<string, unknown>) => {
    const { data, has_more } = await shop.sdk.checkout.sessions.listLineItems(id, page);
    return [data.map(({ amount_total }) => amount_total), has_more];
  };
  const { data: [first, , last] } = await shop.sdk.checkout.sessions.listLineItems(id);
  assertEquals(await list({ limit: 2 }), [[1, 2], true]);
  assertEquals(await list({ limit: 2, starting_after: first!.id }), [[2, 3], false]);
  assertEquals(await list({ limit: 1, ending_before: last!.id }), [[2], true]);
  assertEquals(await list({ ending_before: last!.id }), [[1, 2], false]);
  for (const cursor of ["starting_after", "ending_before"]) {
    const { body } = await shop.get(`/v1/checkout/sessions/${id}/line_items?${cursor}=none`);
    assertEquals([body.error.code, body.error.param], ["resource_missing", cursor]);
  }
  assertEquals((await shop.get("/v1/checkout/sessions/none/line_items")).body.error.param, "session");
  assertEquals((await stripe(shop.url, "checkout", "sessions", "list_line_items", id)).data.length, 3);
});

Deno.test("tiers are no list and are never cut", async () => {
  await using shop = await openShop();
  const tiers = Array.from({ length: 30 }, (_, index) => ({ up_to: index + 1, unit_amount: 1 }));
  const { id } = await shop.sdk.prices.create({
    product: shop.product.id,
    currency: "usd",
    recurring: { interval: "month" },
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [...tiers, { up_to: "inf", unit_amount: 1 }],
  });
  assertEquals((await shop.sdk.prices.retrieve(id, { expand: ["tiers"] })).tiers!.length, 31);
});

Deno.test("fifty metadata values on ten lines make an event of a megabyte and a quarter", async () => {
  await using shop = await openShop();
  await using endpoint = await openReceiver(shop, ["invoice.updated"]);
  const metadata = Object.fromEntries(
    Array.from({ length: 50 }, (_, key) => [`${key}`.padStart(40, "k"), "😀".repeat(500)]),
  );
  const invoice = await shop.sdk.invoices.create({ customer: shop.customer.id, metadata });
  for (let line = 1; line <= 12; line++) {
    await shop.sdk.invoiceItems.create({
      customer: shop.customer.id,
      invoice: invoice.id,
      amount: 1,
      currency: "usd",
      metadata,
    });
  }
  await until(() => endpoint.received.length === 12);
  await settled(shop);
  const sizes = endpoint.received.map(({ text }) => new TextEncoder().encode(text).length);
  assert(Math.max(...sizes) > 1.25 * 1_000_000);
  const { headers, text } = endpoint.received.at(-1)!;
  await shop.sdk.webhooks.constructEventAsync(text, headers.get("stripe-signature")!, endpoint.secret);
});
