import { assertEquals } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

Deno.test("a subscription is renewed at the end of its period and charged an hour later", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  await shop.advanceDays(30);
  const [draft] = (await shop.sdk.invoices.list({ subscription: id })).data;
  assertEquals([draft!.status, draft!.billing_reason, draft!.total], ["draft", "subscription_cycle", 1_000]);
  const renewed = await shop.sdk.subscriptions.retrieve(id);
  assertEquals(
    [renewed.status, new Date(renewed.items.data[0]!.current_period_end * 1_000).toISOString()],
    ["active", "2027-01-24T08:00:00.000Z"],
  );
  await shop.advanceDays(0.05);
  assertEquals((await shop.sdk.invoices.retrieve(draft!.id)).status, "paid");
});

Deno.test("after a clock jump of several months each period is billed at its own time", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  await shop.advanceDays(100);
  const invoices = await shop.sdk.invoices.list({ subscription: id });
  assertEquals(
    invoices.data.map(({ created, status }) => `${new Date(created * 1_000).toISOString().slice(0, 10)} ${status}`),
    ["2027-02-24 paid", "2027-01-24 paid", "2026-12-24 paid", "2026-11-24 paid"],
  );
});

Deno.test("a renewal is announced a week before by an invoice without an id", async () => {
  await using shop = await openShop();
  const { id, items } = await shop.subscribe();
  assertEquals(await shop.eventsOf(() => shop.advanceDays(22)), []);
  assertEquals(await shop.eventsOf(() => shop.advanceDays(1)), ["invoice.upcoming"]);
  const [event] = (await shop.get("/v1/events?type=invoice.upcoming")).body.data;
  const invoice = event.data.object;
  assertEquals(["id" in invoice, invoice.object, invoice.total, invoice.billing_reason], [
    false,
    "invoice",
    1_000,
    "upcoming",
  ]);
  assertEquals(invoice.parent.subscription_details.subscription, id);
  assertEquals(invoice.lines.data[0].period.start, items.data[0]!.current_period_end);
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data.length, 1);
  await shop.sdk.subscriptions.update(id, { cancel_at_period_end: true });
  assertEquals(await shop.eventsOf(() => shop.advanceDays(1)), []);
});

Deno.test("ticks at the same and at a later time renew a period once", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  await shop.advanceDays(31);
  await shop.advanceDays(0);
  shop.clock.now += 1_000;
  await shop.advanceDays(0);
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data.length, 2);
});

Deno.test("a failed renewal payment is retried three times, then the subscription is canceled", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const card = await shop.sdk.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: shop.customer.id });
  await shop.sdk.customers.update(shop.customer.id, { invoice_settings: { default_payment_method: card.id } });

  const types = await shop.eventsOf(() => shop.advanceDays(30.1));
  assertEquals(types.filter((type) => type === "invoice.payment_failed").length, 1);
  const late = await shop.sdk.subscriptions.retrieve(id);
  const invoice = await shop.sdk.invoices.retrieve(late.latest_invoice as string);
  assertEquals([late.status, invoice.status, invoice.attempt_count], ["past_due", "open", 1]);
  assertEquals((await shop.sdk.customers.retrieve(shop.customer.id) as { delinquent: boolean }).delinquent, true);

  await shop.advanceDays(14.8);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "past_due");
  const last = await shop.eventsOf(() => shop.advanceDays(0.3));
  assertEquals(last.includes("customer.subscription.deleted"), true);
  const ended = await shop.sdk.subscriptions.retrieve(id);
  assertEquals([ended.status, ended.cancellation_details!.reason], ["canceled", "payment_failed"]);
  assertEquals((await shop.sdk.invoices.retrieve(invoice.id)).attempt_count, 4);
});

Deno.test("a successful retry makes a past_due subscription active", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const failing = await shop.sdk.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: shop.customer.id });
  await shop.sdk.subscriptions.update(id, { default_payment_method: failing.id });
  await shop.advanceDays(30.1);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "past_due");
  await shop.sdk.subscriptions.update(id, { default_payment_method: "" });
  await shop.advanceDays(3);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "active");
  assertEquals((await shop.sdk.customers.retrieve(shop.customer.id) as { delinquent: boolean }).delinquent, false);
});

Deno.test("the end of a trial is announced three days before and then billed", async () => {
  await using shop = await openShop();
  const { id, trial_end } = await shop.subscribe({ trial_period_days: 14 });
  assertEquals(await shop.eventsOf(() => shop.advanceDays(11)), ["customer.subscription.trial_will_end"]);
  await shop.advanceDays(3);
  const active = await shop.sdk.subscriptions.retrieve(id);
  assertEquals([active.status, active.items.data[0]!.current_period_start], ["active", trial_end]);
  await shop.advanceDays(0.1);
  const invoice = await shop.sdk.invoices.retrieve(active.latest_invoice as string);
  assertEquals([invoice.status, invoice.total], ["paid", 1_000]);
});

for (
  const [behavior, status] of [["cancel", "canceled"], ["pause", "paused"], ["create_invoice", "past_due"]] as const
) {
  Deno.test(`a trial that ends without a card is ${status} with missing_payment_method=${behavior}`, async () => {
    await using shop = await openShop(null);
    const { id } = await shop.subscribe({
      trial_period_days: 14,
      trial_settings: { end_behavior: { missing_payment_method: behavior } },
    });
    await shop.advanceDays(14.1);
    assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, status);
  });
}

Deno.test("cancel_at_period_end cancels at the end of the period without another invoice", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe({ cancel_at_period_end: true });
  await shop.advanceDays(29);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "active");
  assertEquals(await shop.eventsOf(() => shop.advanceDays(2)), ["customer.subscription.deleted"]);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "canceled");
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data.length, 1);
});

Deno.test("a paused collection resumes at resumes_at", async () => {
  await using shop = await openShop();
  const { id, created } = await shop.subscribe();
  const resumes_at = created + 40 * 24 * 60 * 60;
  await shop.sdk.subscriptions.update(id, { pause_collection: { behavior: "keep_as_draft", resumes_at } });
  await shop.advanceDays(35);
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data[0]!.status, "draft");
  await shop.advanceDays(5);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).pause_collection, null);
});

Deno.test("a customer with a test clock follows that clock", async () => {
  await using shop = await openShop();
  const frozen_time = Date.parse("2030-01-31T00:00:00Z") / 1_000;
  const clock = await shop.sdk.testHelpers.testClocks.create({ frozen_time });
  const customer = await shop.sdk.customers.create({
    test_clock: clock.id,
    payment_method: "pm_card_visa",
    invoice_settings: { default_payment_method: "pm_card_visa" },
  });
  const { id, created } = await shop.subscribe({ customer: customer.id });
  assertEquals(created, frozen_time);
  await shop.advanceDays(400);
  assertEquals((await shop.sdk.invoices.list({ subscription: id })).data.length, 1);

  await shop.sdk.testHelpers.testClocks.advance(clock.id, { frozen_time: frozen_time + 30 * 24 * 60 * 60 });
  assertEquals((await shop.sdk.testHelpers.testClocks.retrieve(clock.id)).status, "ready");
  const { items } = await shop.sdk.subscriptions.retrieve(id);
  assertEquals(
    [items.data[0]!.current_period_start, items.data[0]!.current_period_end].map((at) =>
      new Date(at * 1_000).toISOString().slice(0, 10)
    ),
    ["2030-02-28", "2030-03-31"],
  );
  assertEquals((await shop.sdk.customers.list({ limit: 100 })).data.map(({ id }) => id), [shop.customer.id]);
  assertEquals((await shop.sdk.customers.list({ test_clock: clock.id })).data.map(({ id }) => id), [customer.id]);
  assertEquals((await shop.post(`/v1/test_helpers/test_clocks/${clock.id}/advance`, "frozen_time=1")).status, 400);

  await shop.sdk.testHelpers.testClocks.del(clock.id);
  assertEquals((await shop.sdk.customers.retrieve(customer.id)).deleted, true);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "canceled");
});
