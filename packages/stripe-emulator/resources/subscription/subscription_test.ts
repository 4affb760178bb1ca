import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

const DAY = 24 * 60 * 60;

Deno.test("a new subscription is charged and active", async () => {
  await using shop = await openShop();
  const subscription = await shop.subscribe({ metadata: { plan: "starter" } });
  assertMatch(subscription.id, /^sub_\w+$/);
  assertEquals([subscription.status, subscription.currency, subscription.metadata], ["active", "usd", {
    plan: "starter",
  }]);
  assertEquals("current_period_end" in subscription, false);
  const [item] = subscription.items.data;
  assertEquals([item!.price.id, item!.quantity, item!.subscription], [shop.price.id, 1, subscription.id]);
  assertEquals(
    [item!.current_period_start, item!.current_period_end].map((at) => new Date(at * 1_000).toISOString()),
    ["2026-11-24T08:00:00.000Z", "2026-12-24T08:00:00.000Z"],
  );
  const invoice = await shop.sdk.invoices.retrieve(subscription.latest_invoice as string);
  assertEquals([invoice.status, invoice.amount_paid, invoice.billing_reason], ["paid", 1_000, "subscription_create"]);
});

Deno.test("creating a subscription emits Stripe's events in order", async () => {
  await using shop = await openShop();
  assertEquals((await shop.eventsOf(() => shop.subscribe())).filter((type) => !type.startsWith("customer.updated")), [
    "invoice.created",
    "customer.subscription.created",
    "invoice.updated",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice_payment.paid",
    "invoice.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "customer.subscription.updated",
  ]);
});

Deno.test("a subscription without a payment method is refused and creates nothing", async () => {
  await using shop = await openShop(null);
  const refused = await shop.post("/v1/subscriptions", `customer=${shop.customer.id}&items[0][price]=${shop.price.id}`);
  assertEquals([refused.status, refused.body.error.code], [400, "resource_missing"]);
  assertEquals((await shop.sdk.subscriptions.list({ status: "all" })).data, []);
  assertEquals((await shop.sdk.invoices.list()).data, []);
});

Deno.test("a declined card leaves the subscription incomplete, and a payment makes it active", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  const subscription = await shop.subscribe();
  assertEquals(subscription.status, "incomplete");
  const card = await shop.sdk.paymentMethods.attach("pm_card_visa", { customer: shop.customer.id });
  await shop.sdk.invoices.pay(subscription.latest_invoice as string, { payment_method: card.id });
  assertEquals((await shop.sdk.subscriptions.retrieve(subscription.id)).status, "active");
});

Deno.test("an incomplete subscription expires after 23 hours, and its invoice is voided", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  const { id, latest_invoice } = await shop.subscribe();
  await shop.advanceDays(1);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).status, "incomplete_expired");
  assertEquals((await shop.sdk.invoices.retrieve(latest_invoice as string)).status, "void");
});

Deno.test("`error_if_incomplete` refuses a declined card, `default_incomplete` charges nothing", async () => {
  await using shop = await openShop("pm_card_chargeCustomerFail");
  const body = `customer=${shop.customer.id}&items[0][price]=${shop.price.id}&payment_behavior=`;
  const refused = await shop.post("/v1/subscriptions", `${body}error_if_incomplete`);
  assertEquals(
    [refused.status, refused.body.error.type, refused.body.error.code, refused.body.error.decline_code],
    [402, "card_error", "card_declined", "generic_decline"],
  );
  assertEquals((await shop.sdk.subscriptions.list()).data, []);
  const waiting = await shop.post("/v1/subscriptions", `${body}default_incomplete&expand[]=latest_invoice`);
  assertEquals([waiting.body.status, waiting.body.latest_invoice.attempt_count], ["incomplete", 0]);
});

Deno.test("a subscription with send_invoice is not charged, and past_due after the due date", async () => {
  await using shop = await openShop(null);
  const subscription = await shop.subscribe({ collection_method: "send_invoice", days_until_due: 7 });
  assertEquals(subscription.status, "active");
  await shop.advanceDays(0.1);
  const invoice = await shop.sdk.invoices.retrieve(subscription.latest_invoice as string);
  assertEquals([invoice.status, invoice.due_date! - invoice.created], ["open", 7 * DAY]);
  await shop.advanceDays(7);
  assertEquals((await shop.sdk.subscriptions.retrieve(subscription.id)).status, "past_due");
});

Deno.test("a trial costs nothing and needs no card", async () => {
  await using shop = await openShop(null);
  const subscription = await shop.subscribe({ trial_period_days: 14 });
  assertEquals(
    [subscription.status, subscription.trial_end! - subscription.trial_start!],
    ["trialing", 14 * DAY],
  );
  assertEquals(subscription.items.data[0]!.current_period_end, subscription.trial_end);
  const invoice = await shop.sdk.invoices.retrieve(subscription.latest_invoice as string);
  assertEquals([invoice.total, invoice.status, invoice.lines.data[0]!.description], [
    0,
    "paid",
    "Trial period for Starter",
  ]);
});

Deno.test("a second currency is refused while a subscription runs, and accepted after its end", async () => {
  await using shop = await openShop();
  const euros = await shop.sdk.prices.create({
    product: shop.product.id,
    currency: "eur",
    unit_amount: 900,
    recurring: { interval: "month" },
  });
  const { id } = await shop.subscribe();
  const body = `customer=${shop.customer.id}&items[0][price]=${euros.id}`;
  assertEquals((await shop.post("/v1/subscriptions", body)).body.error.param, "currency");
  await shop.sdk.subscriptions.cancel(id);
  assertEquals((await shop.post("/v1/subscriptions", body)).body.currency, "eur");
});

Deno.test("save_default_payment_method keeps the method that paid", async () => {
  await using shop = await openShop(null);
  const { id, latest_invoice } = await shop.subscribe({
    payment_behavior: "default_incomplete",
    payment_settings: { save_default_payment_method: "on_subscription" },
  });
  await shop.sdk.invoices.pay(latest_invoice as string, { payment_method: "pm_card_visa" });
  const active = await shop.sdk.subscriptions.retrieve(id);
  assertEquals([active.status, typeof active.default_payment_method], ["active", "string"]);
});

Deno.test("subscriptions are filtered by each of Stripe's filters", async () => {
  await using shop = await openShop();
  const other = await shop.sdk.customers.create({});
  const first = await shop.subscribe();
  shop.clock.now += 1_000;
  const trial = await shop.subscribe({ customer: other.id, trial_period_days: 3 });
  const ended = await shop.subscribe();
  await shop.sdk.subscriptions.cancel(ended.id);
  const ids = async (query: string) =>
    (await shop.get(`/v1/subscriptions?${query}`)).body.data.map(({ id }: { id: string }) => id);
  assertEquals(await ids(""), [trial.id, first.id]);
  assertEquals(await ids("status=all"), [ended.id, trial.id, first.id]);
  assertEquals(await ids("status=canceled"), [ended.id]);
  assertEquals(await ids("status=ended"), [ended.id]);
  assertEquals(await ids("status=trialing"), [trial.id]);
  assertEquals(await ids(`customer=${other.id}`), [trial.id]);
  assertEquals(await ids(`price=${shop.price.id}&limit=1`), [trial.id]);
  assertEquals(await ids("price=price_none"), []);
  assertEquals(await ids(`created[lte]=${first.created}`), [first.id]);
  assertEquals(await ids(`current_period_end[gt]=${trial.trial_end}`), [first.id]);
  assertEquals(await ids("collection_method=send_invoice"), []);
  assertEquals(await ids(`starting_after=${trial.id}`), [first.id]);
  assertEquals((await shop.get("/v1/subscriptions?customer=cus_none")).status, 400);
  const expanded = await shop.get(`/v1/subscriptions/${first.id}?expand[]=customer&expand[]=latest_invoice`);
  assertEquals([expanded.body.customer.id, expanded.body.latest_invoice.status], [shop.customer.id, "paid"]);
});
