import { assertEquals } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

const limited = async (call: Promise<unknown>) => {
  const error = await call.then(() => undefined, (thrown) => thrown);
  return [error?.type, error?.statusCode, error?.code];
};
const LIMITED = ["StripeRateLimitError", 429, "rate_limit"];
const FREE = [undefined, undefined, undefined];

Deno.test("the 201st update of a subscription's quantity within an hour answers 429 and changes nothing", async () => {
  await using shop = await openShop();
  const { id, items: { data: [item] } } = await shop.subscribe();
  const other = await shop.subscribe();
  const update = (quantity: number) =>
    shop.sdk.subscriptions.update(id, { items: [{ id: item!.id, quantity }], proration_behavior: "none" });
  for (let quantity = 2; quantity <= 201; quantity++) await update(quantity);
  assertEquals(await limited(update(500)), LIMITED);
  assertEquals(await limited(shop.sdk.subscriptionItems.update(item!.id, { quantity: 500 })), LIMITED);
  assertEquals((await shop.sdk.subscriptionItems.retrieve(item!.id)).quantity, 201);
  // What changes no quantity is not limited, nor is another subscription.
  await update(201);
  await shop.sdk.subscriptionItems.update(other.items.data[0]!.id, { quantity: 2 });
  shop.clock.now += 60 * 60 * 1_000;
  assertEquals(await limited(update(500)), FREE);
  assertEquals("quantity_updates" in await shop.sdk.subscriptions.retrieve(id), false);
});

Deno.test("the 11th new invoice of a subscription within a minute and the 21st within a day answer 429", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe(); // with the first invoice
  const bill = () =>
    shop.sdk.subscriptions.update(id, { billing_cycle_anchor: { type: "now" }, proration_behavior: "none" });
  const invoices = async () => (await shop.sdk.invoices.list({ subscription: id, limit: 100 })).data.length;
  for (let count = 2; count <= 10; count++) await bill();
  const before = await shop.sdk.subscriptions.retrieve(id);
  assertEquals([await limited(bill()), await invoices()], [LIMITED, 10]);
  assertEquals(await shop.sdk.subscriptions.retrieve(id), before);
  const owner = { customer: shop.customer.id, subscription: id };
  assertEquals(await limited(shop.sdk.invoices.create(owner)), LIMITED);
  assertEquals(await limited(shop.sdk.subscriptions.cancel(id, { invoice_now: true })), LIMITED);

  shop.clock.now += 60 * 1_000;
  for (let count = 11; count <= 20; count++) await bill();
  shop.clock.now += 60 * 1_000;
  assertEquals([await limited(bill()), await invoices()], [LIMITED, 20]);
  shop.clock.now += 24 * 60 * 60 * 1_000;
  assertEquals(await limited(bill()), FREE);
});

Deno.test("a change that is invoiced at once is limited before it is made, and a test can turn the limits off", async () => {
  await using shop = await openShop();
  const { id, items: { data: [item] } } = await shop.subscribe();
  const change = (quantity: number) =>
    shop.sdk.subscriptions.update(id, { items: [{ id: item!.id, quantity }], proration_behavior: "always_invoice" });
  for (let quantity = 2; quantity <= 10; quantity++) await change(quantity);
  assertEquals(await limited(change(50)), LIMITED);
  assertEquals((await shop.sdk.subscriptionItems.retrieve(item!.id)).quantity, 10);
  assertEquals((await shop.sdk.invoiceItems.list({ pending: true })).data, []);
  await shop.control("behavior", { subscription_limits: false });
  assertEquals(await limited(change(50)), FREE);
});
