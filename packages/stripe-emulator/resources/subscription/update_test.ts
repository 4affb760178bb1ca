import { assertEquals } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

const DAY = 24 * 60 * 60;

Deno.test("an update adds, changes and removes items, and the prorations wait for the next invoice", async () => {
  await using shop = await openShop();
  const { id, items } = await shop.subscribe();
  const addOn = await shop.priceOf(300, "month", "Add-on");
  const bigger = await shop.priceOf(3_000);
  await shop.advanceDays(15);
  const changed = await shop.sdk.subscriptions.update(id, {
    items: [{ id: items.data[0]!.id, price: bigger.id, quantity: 2 }, { price: addOn.id }],
  });
  assertEquals(changed.items.data.map(({ price, quantity }) => [price.id, quantity]), [[bigger.id, 2], [addOn.id, 1]]);
  const pending = await shop.sdk.invoiceItems.list({ customer: shop.customer.id, pending: true });
  assertEquals(pending.data.map(({ amount }) => amount).toReversed(), [-500, 3_000, 150]);

  const removed = await shop.sdk.subscriptions.update(id, {
    items: [{ id: changed.items.data[1]!.id, deleted: true }],
    proration_behavior: "none",
  });
  assertEquals(removed.items.data.map(({ price }) => price.id), [bigger.id]);
  await shop.advanceDays(16);
  const [renewal] = (await shop.sdk.invoices.list({ subscription: id })).data;
  assertEquals([renewal!.total, renewal!.lines.data.length], [6_000 - 500 + 3_000 + 150, 4]);
});

Deno.test("`always_invoice` invoices the prorations at once", async () => {
  await using shop = await openShop();
  const { id, items } = await shop.subscribe();
  await shop.advanceDays(15);
  const changed = await shop.sdk.subscriptions.update(id, {
    items: [{ id: items.data[0]!.id, quantity: 3 }],
    proration_behavior: "always_invoice",
  });
  const invoice = await shop.sdk.invoices.retrieve(changed.latest_invoice as string);
  assertEquals([invoice.status, invoice.amount_paid, invoice.billing_reason], ["paid", 1_000, "subscription_update"]);
});

Deno.test("a change to another interval starts a new period", async () => {
  await using shop = await openShop();
  const { id, items } = await shop.subscribe();
  const yearly = await shop.priceOf(10_000, "year");
  await shop.advanceDays(15);
  const changed = await shop.sdk.subscriptions.update(id, { items: [{ id: items.data[0]!.id, price: yearly.id }] });
  const [item] = changed.items.data;
  assertEquals(
    [item!.current_period_start, item!.current_period_end].map((at) => new Date(at * 1_000).toISOString().slice(0, 10)),
    ["2026-12-09", "2027-12-09"],
  );
  const invoice = await shop.sdk.invoices.retrieve(changed.latest_invoice as string);
  assertEquals([invoice.total, invoice.status], [10_000 - 500, "paid"]);
});

Deno.test("an updated price shows in the subscription at once, without an event of the subscription", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const types = await shop.eventsOf(() => shop.sdk.prices.update(shop.price.id, { nickname: "old" }));
  assertEquals(types, ["price.updated"]);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).items.data[0]!.price.nickname, "old");
});

Deno.test("cancel_at_period_end can be set and unset", async () => {
  await using shop = await openShop();
  const { id, items } = await shop.subscribe();
  const leaving = await shop.sdk.subscriptions.update(id, { cancel_at_period_end: true });
  assertEquals(
    [leaving.status, leaving.cancel_at, leaving.cancellation_details!.reason],
    ["active", items.data[0]!.current_period_end, "cancellation_requested"],
  );
  const staying = await shop.sdk.subscriptions.update(id, { cancel_at_period_end: false });
  assertEquals([staying.cancel_at, staying.canceled_at], [null, null]);
});

Deno.test("cancel_at cancels at that time", async () => {
  await using shop = await openShop();
  const { id, created } = await shop.subscribe();
  const leaving = await shop.sdk.subscriptions.update(id, { cancel_at: created + 5 * DAY });
  assertEquals([leaving.cancel_at_period_end, leaving.cancel_at], [false, created + 5 * DAY]);
  await shop.advanceDays(5);
  const ended = await shop.sdk.subscriptions.retrieve(id);
  assertEquals([ended.status, ended.ended_at], ["canceled", created + 5 * DAY]);
});

Deno.test("DELETE cancels at once, and afterwards only metadata and details can be changed", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const types = await shop.eventsOf(() =>
    shop.sdk.subscriptions.cancel(id, { cancellation_details: { comment: "too dear" } })
  );
  assertEquals(types, ["customer.subscription.deleted"]);
  const ended = await shop.sdk.subscriptions.retrieve(id);
  assertEquals([ended.status, typeof ended.ended_at, ended.cancellation_details!.comment], [
    "canceled",
    "number",
    "too dear",
  ]);
  assertEquals(refusal(await shop.call("DELETE", `/v1/subscriptions/${id}`)), {
    status: 404,
    type: "invalid_request_error",
    code: "resource_missing",
    param: "id",
    message: `No such subscription: '${id}'`,
  });
  const changed = await shop.post(`/v1/subscriptions/${id}`, "cancel_at_period_end=true");
  assertEquals(
    [changed.status, changed.body.error.message],
    [400, "A canceled subscription can only update its cancellation_details and metadata."],
  );
  assertEquals((await shop.post(`/v1/subscriptions/${id}`, "metadata[a]=b")).body.metadata, { a: "b" });
});

Deno.test("a collection paused with `void` voids its invoices, and can be resumed", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  await shop.sdk.subscriptions.update(id, { pause_collection: { behavior: "void" } });
  await shop.advanceDays(31);
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data[0]!.status, "void");
  const resumed = await shop.sdk.subscriptions.update(id, { pause_collection: "" });
  assertEquals([resumed.pause_collection, resumed.status], [null, "active"]);
});

Deno.test("a trial without a card is paused at its end on request, and resumes with a card", async () => {
  await using shop = await openShop(null);
  const { id } = await shop.subscribe({
    trial_period_days: 7,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });
  const types = await shop.eventsOf(() => shop.sdk.subscriptions.update(id, { trial_end: "now" }));
  assertEquals(types, ["customer.subscription.updated", "customer.subscription.paused"]);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "paused");

  const card = await shop.sdk.paymentMethods.attach("pm_card_visa", { customer: shop.customer.id });
  await shop.sdk.subscriptions.update(id, { default_payment_method: card.id });
  const resumed = await shop.eventsOf(() => shop.sdk.subscriptions.resume(id));
  assertEquals(resumed.includes("customer.subscription.resumed"), true);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "active");
  assertEquals((await shop.post(`/v1/subscriptions/${id}/resume`)).status, 400);
});

Deno.test("deleting a customer cancels its subscriptions", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const types = await shop.eventsOf(() => shop.sdk.customers.del(shop.customer.id));
  assertEquals(types, ["customer.subscription.deleted", "customer.deleted"]);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "canceled");
  await shop.advanceDays(40);
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data.length, 1);
});
