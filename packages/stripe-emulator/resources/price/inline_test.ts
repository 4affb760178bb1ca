import { assert, assertEquals } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";
import { stripe } from "../../testing/stripe_cli.ts";

const CENTS = { currency: "usd", unit_amount: 700 };
const MONTHLY = { ...CENTS, recurring: { interval: "month" as const } };

/** The ids of all prices that `GET /v1/prices` lists, active and inactive. */
async function listed({ sdk }: Awaited<ReturnType<typeof openShop>>): Promise<string[]> {
  const lists = await Promise.all([true, false, undefined].map((active) => sdk.prices.list({ active, limit: 100 })));
  return [...new Set(lists.flatMap(({ data }) => data).map(({ id }) => id))];
}

Deno.test("a subscription's inline price is retrievable, inactive and not listed, and is announced", async () => {
  await using shop = await openShop();
  const events = await shop.eventsOf(() =>
    shop.subscribe({ items: [{ price_data: { ...MONTHLY, product: shop.product.id }, quantity: 2 }] })
  );
  assert(events.includes("price.created"));
  const [{ items: { data: [item] }, latest_invoice }] = (await shop.sdk.subscriptions.list()).data as [any];
  const price = await shop.sdk.prices.retrieve(item.price.id);
  assertEquals([price.active, price.unit_amount, price.product, "inline" in price], [
    false,
    700,
    shop.product.id,
    false,
  ]);
  assertEquals("inline" in item.price, false);
  assertEquals((await shop.sdk.invoices.retrieve(latest_invoice)).total, 1_400);
  assertEquals(await listed(shop), [shop.price.id]);
  assertEquals((await shop.sdk.prices.list({ product: shop.product.id })).data.length, 1);
});

Deno.test("items are added and changed with inline prices, and prorated", async () => {
  await using shop = await openShop();
  const { id, items: { data: [item] } } = await shop.subscribe();
  const price_data = { ...MONTHLY, product: shop.product.id };
  const changed = await shop.sdk.subscriptions.update(id, {
    items: [{ id: item!.id, price_data: { ...price_data, unit_amount: 500 } }, { price_data }],
  });
  assertEquals(changed.items.data.map(({ price }) => price.unit_amount), [500, 700]);
  const added = await shop.sdk.subscriptionItems.create({
    subscription: id,
    price_data: { ...price_data, unit_amount: 100 },
  });
  await shop.sdk.subscriptionItems.update(added.id, { price_data: { ...price_data, unit_amount: 200 } });
  const { data } = await shop.sdk.subscriptionItems.list({ subscription: id });
  assertEquals(data.map(({ price }) => price.unit_amount).toSorted(), [200, 500, 700]);
  const pending = await shop.sdk.invoiceItems.list({ pending: true, limit: 100 });
  assertEquals(pending.data.reduce((sum, { amount }) => sum + amount, 0), 200 + 500 + 700 - 1_000);
  assertEquals(await listed(shop), [shop.price.id]);
  // The renewal bills the inline prices.
  await shop.advanceDays(32);
  const [renewal] = (await shop.sdk.invoices.list({ subscription: id })).data;
  assert(renewal!.lines.data.some(({ amount }) => amount === 700));
});

Deno.test("an invoice item's inline price is not listed", async () => {
  await using shop = await openShop();
  const item = await shop.sdk.invoiceItems.create({
    customer: shop.customer.id,
    price_data: { ...CENTS, product: shop.product.id },
    quantity: 3,
  });
  assertEquals([item.amount, item.currency], [2_100, "usd"]);
  const price = await shop.sdk.prices.retrieve(item.pricing!.price_details!.price as string);
  assertEquals([price.type, price.active], ["one_time", false]);
  assertEquals(await listed(shop), [shop.price.id]);
});

Deno.test("Checkout takes inline prices, of a product or of product_data", async () => {
  await using shop = await openShop();
  const session = await shop.sdk.checkout.sessions.create({
    mode: "subscription",
    customer: shop.customer.id,
    success_url: "http://localhost/",
    line_items: [
      { price_data: { ...MONTHLY, product: shop.product.id }, quantity: 1 },
      { price_data: { ...MONTHLY, unit_amount: 300, product_data: { name: "Seat" } }, quantity: 2 },
    ],
  });
  assertEquals(session.amount_total, 1_300);
  const { data: lines } = await shop.sdk.checkout.sessions.listLineItems(session.id);
  assertEquals(lines.map(({ description, amount_total }) => [description, amount_total]), [["Starter", 700], [
    "Seat",
    600,
  ]]);
  assertEquals("inline" in lines[0]!.price!, false);
  await shop.post(`/v1/payment_pages/${session.id}/confirm`, "payment_method=pm_card_visa");
  const { data: [subscription] } = await shop.sdk.subscriptions.list({ customer: shop.customer.id });
  // The page pays with a method that has an id of its own.
  assertEquals(subscription, undefined);
  const method = await shop.sdk.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  await shop.post(`/v1/payment_pages/${session.id}/confirm`, `payment_method=${method.id}`);
  const { data: [paid] } = await shop.sdk.subscriptions.list({ customer: shop.customer.id });
  assertEquals(paid!.items.data.map(({ price, quantity }) => [price.unit_amount, quantity]), [[700, 1], [300, 2]]);
  assertEquals(await listed(shop), [shop.price.id]);
});

Deno.test("an inline price is refused with a price, without an active product, and in another call, without an effect", async () => {
  await using shop = await openShop();
  const { items: { data: [item] } } = await shop.subscribe({
    items: [{ price_data: { ...MONTHLY, product: shop.product.id } }],
  });
  const { id: archived } = await shop.sdk.products.create({ name: "Old", active: false });
  const data = "items[0][price_data][currency]=usd&items[0][price_data][unit_amount]=1" +
    "&items[0][price_data][recurring][interval]=month";
  const subscribe = (rest: string) => shop.post("/v1/subscriptions", `customer=${shop.customer.id}&${rest}`);
  const events = await shop.eventsOf(async () => {
    for (
      const [rest, param, code] of [
        [`${data}&items[0][price_data][product]=none`, "items[0][price_data][product]", "resource_missing"],
        [`${data}&items[0][price_data][product]=${archived}`, "items[0][price_data][product]"],
        [`${data}&items[0][price_data][product]=${shop.product.id}&items[0][price]=p`, "items[0][price]"],
        [data, "items[0][price_data][product]", "parameter_missing"],
        ["items[0][quantity]=1", "items[0][price]", "parameter_missing"],
        [`items[0][price]=${item!.price.id}`, "items[0][price]"],
      ] as const
    ) {
      const refused = refusal(await subscribe(rest));
      assertEquals([refused.status, refused.param, refused.code], [400, param, code], rest);
    }
  });
  assertEquals(events, []);
});

Deno.test("the Stripe CLI subscribes with an inline price and does not list it", async () => {
  await using shop = await openShop();
  const created = await stripe(
    shop.url,
    "subscriptions",
    "create",
    "--customer",
    shop.customer.id,
    "-d",
    "items[0][price_data][currency]=usd",
    "-d",
    "items[0][price_data][unit_amount]=700",
    "-d",
    "items[0][price_data][recurring][interval]=month",
    "-d",
    `items[0][price_data][product]=${shop.product.id}`,
  );
  assertEquals(created.items.data[0].price.unit_amount, 700);
  assertEquals((await stripe(shop.url, "prices", "list")).data.map(({ id }: { id: string }) => id), [shop.price.id]);
});
