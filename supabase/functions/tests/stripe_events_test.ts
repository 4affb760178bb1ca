/** Every event type of our table, delivered to stripe-webhook with an object at Stripe in the matching state. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { type ObjectRef, objectRefOf, STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent, type SentEvent } from "./events.ts";
import { assertMirrored, entitlements, mirrored } from "./mirror_assertions.ts";
import { createTestCatalog, type TestCatalog, uniqueName } from "./test_catalog.ts";
import { createOneTimeShop, type OneTimeShop } from "./one_time_purchases.ts";
import { type Stack, startStack } from "./stack.ts";

/** Causes such an event. @returns the object inside the event */
type Case = (catalog: Catalog) => Promise<object>;

/** What is for sale: by subscription, and once. */
interface Catalog extends TestCatalog {
  stack: Stack;
  shop: OneTimeShop;
}

const DAY = 24 * 60 * 60;
const now = () => Math.floor(Date.now() / 1_000);
const later = { collection_method: "send_invoice", days_until_due: 7 } as const;

const customer = async ({ stripe }: TestCatalog) =>
  (await stripe.customers.create({ email: `${uniqueName()}@example.com` })).id;

async function subscribe(catalog: TestCatalog, params: Partial<Stripe.SubscriptionCreateParams> = later) {
  const of = await customer(catalog);
  return await catalog.stripe.subscriptions.create({ customer: of, items: [{ price: catalog.prices[0]! }], ...params });
}

const product = ({ stripe }: TestCatalog) => stripe.products.create({ name: uniqueName() });
async function price(catalog: TestCatalog) {
  return await catalog.stripe.prices.create({
    product: (await product(catalog)).id,
    currency: "usd",
    unit_amount: 100,
  });
}

/** A draft invoice with one line. */
async function invoice(catalog: TestCatalog) {
  const { id } = await catalog.stripe.invoices.create({ customer: await customer(catalog), ...later });
  await catalog.stripe.invoiceItems.create({
    customer: (await catalog.stripe.invoices.retrieve(id)).customer as string,
    invoice: id,
    amount: 100,
    currency: "usd",
  });
  return await catalog.stripe.invoices.retrieve(id);
}
const open = async (catalog: TestCatalog) =>
  await catalog.stripe.invoices.finalizeInvoice((await invoice(catalog)).id!);

/** The first invoice of a subscription whose card is declined. */
async function unpaid(catalog: TestCatalog, card: string) {
  const { latest_invoice } = await subscribe(catalog, { default_payment_method: card });
  return await catalog.stripe.invoices.retrieve(latest_invoice as string);
}

const trial = (catalog: TestCatalog) =>
  subscribe(catalog, {
    trial_period_days: 14,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });

/** A checkout session that is paid, and so names its subscription. */
async function checkout({ stripe, prices }: TestCatalog) {
  const { id } = await stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: prices[0]!, quantity: 1 }],
    success_url: "https://example.com/thanks",
  });
  const { id: payment_method } = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  await stripe.rawRequest("POST", `/v1/payment_pages/${id}/confirm`, { payment_method });
  return await stripe.checkout.sessions.retrieve(id);
}

const buy = ({ shop }: Catalog) => shop.buy("user_ada");

/** The charge of a one-time purchase that was refunded. */
async function refunded(catalog: Catalog) {
  const { payment_intent } = await buy(catalog);
  await catalog.stripe.refunds.create({ payment_intent });
  return await catalog.stripe.charges.retrieve(await catalog.shop.chargeOf(payment_intent));
}

/** A dispute of a one-time purchase. */
async function dispute(catalog: Catalog) {
  const { payment_intent } = await buy(catalog);
  return await catalog.stack.openDispute(await catalog.shop.chargeOf(payment_intent));
}
const moveDispute = (status: "under_review" | "won" | "lost"): Case => async (catalog) =>
  await catalog.stack.moveDispute((await dispute(catalog)).id, status);

async function refund(catalog: Catalog) {
  return await catalog.stripe.refunds.create({ payment_intent: (await buy(catalog)).payment_intent });
}

/** A session in payment mode. */
const purchase: Case = async (catalog) => catalog.stripe.checkout.sessions.retrieve((await buy(catalog)).session);

const CASES: Record<string, Case | Case[]> = {
  "product.created": product,
  "product.updated": async (catalog) => catalog.stripe.products.update((await product(catalog)).id, { active: false }),
  "product.deleted": async (catalog) => catalog.stripe.products.del((await product(catalog)).id),
  "price.created": price,
  "price.updated": async (catalog) => catalog.stripe.prices.update((await price(catalog)).id, { active: false }),
  // The API does not delete prices: only the dashboard does, and only unused ones.
  "price.deleted": () => Promise.resolve({ id: "price_gone", object: "price", deleted: true }),

  "customer.created": async (catalog) => catalog.stripe.customers.retrieve(await customer(catalog)),
  "customer.updated": async (catalog) =>
    catalog.stripe.customers.update(await customer(catalog), { name: uniqueName() }),
  "customer.deleted": async (catalog) => catalog.stripe.customers.del(await customer(catalog)),

  "customer.subscription.created": (catalog) => subscribe(catalog),
  "customer.subscription.updated": async (catalog) =>
    catalog.stripe.subscriptions.update((await subscribe(catalog)).id, { cancel_at_period_end: true }),
  "customer.subscription.deleted": async (catalog) =>
    catalog.stripe.subscriptions.cancel((await subscribe(catalog)).id),
  "customer.subscription.paused": async (catalog) =>
    catalog.stripe.subscriptions.update((await trial(catalog)).id, { trial_end: "now" }),
  async "customer.subscription.resumed"(catalog) {
    const { id, customer } = await catalog.stripe.subscriptions.update((await trial(catalog)).id, { trial_end: "now" });
    await catalog.stripe.paymentMethods.attach("pm_card_visa", { customer: customer as string });
    return await catalog.stripe.subscriptions.resume(id);
  },
  // Both concern an update that waits for a payment, and leave an ordinary subscription.
  "customer.subscription.pending_update_applied": (catalog) => subscribe(catalog),
  "customer.subscription.pending_update_expired": (catalog) => subscribe(catalog),
  "customer.subscription.trial_will_end": (catalog) => subscribe(catalog, { trial_end: now() + 2 * DAY }),

  "invoice.created": invoice,
  "invoice.updated": async (catalog) =>
    catalog.stripe.invoices.update((await invoice(catalog)).id!, { description: uniqueName() }),
  "invoice.deleted": async (catalog) => catalog.stripe.invoices.del((await invoice(catalog)).id!),
  "invoice.finalized": open,
  "invoice.finalization_failed": invoice,
  "invoice.sent": async (catalog) => catalog.stripe.invoices.sendInvoice((await open(catalog)).id!),
  "invoice.paid": async (catalog) => catalog.stripe.invoices.pay((await open(catalog)).id!, { paid_out_of_band: true }),
  "invoice.payment_succeeded": async (catalog) =>
    catalog.stripe.invoices.pay((await open(catalog)).id!, { paid_out_of_band: true }),
  "invoice.payment_failed": (catalog) => unpaid(catalog, "pm_card_chargeCustomerFail"),
  "invoice.payment_action_required": (catalog) => unpaid(catalog, "pm_card_threeDSecure2Required"),
  "invoice.overdue": open,
  "invoice.voided": async (catalog) => catalog.stripe.invoices.voidInvoice((await open(catalog)).id!),
  "invoice.marked_uncollectible": async (catalog) =>
    catalog.stripe.invoices.markUncollectible((await open(catalog)).id!),

  "entitlements.active_entitlement_summary.updated": async (catalog) => ({
    object: entitlements,
    customer: (await subscribe(catalog)).customer,
    entitlements: { object: "list", data: [], has_more: false, url: "/v1/customer_entitlements" },
  }),

  "checkout.session.completed": [checkout, purchase],
  "checkout.session.async_payment_succeeded": [checkout, purchase],
  "checkout.session.async_payment_failed": [checkout, purchase],

  "charge.refunded": refunded,
  "charge.dispute.created": dispute,
  "charge.dispute.updated": moveDispute("under_review"),
  "charge.dispute.closed": moveDispute("lost"),
  "refund.updated": refund,
  "refund.failed": async (catalog) => await catalog.stack.failRefund((await refund(catalog)).id),
};

/** The emulator's event of this type about the object, or an event made like it. */
async function eventOf(
  type: string,
  object: object,
  { stripe }: TestCatalog,
): Promise<{ event: SentEvent; own: boolean }> {
  const wanted = objectRefOf({ type, data: { object } });
  const { data } = await stripe.events.list({ type, limit: 100 });
  const found = data.find((event) => objectRefOf(event)?.object_id === wanted?.object_id);
  if (found === undefined) return { event: makeEvent(type, object), own: false };
  return { event: JSON.parse(JSON.stringify(found)), own: true };
}

Deno.test("stripe-webhook refreshes the object of every event type", async (t) => {
  await using stack = await startStack();
  const catalog = { ...await createTestCatalog(stack), stack, shop: await createOneTimeShop(stack) };
  assertEquals(Object.keys(CASES).toSorted(), Object.keys(STRIPE_EVENTS).toSorted(), "Every event type has a case");
  const own: string[] = [];

  const cases = Object.entries(CASES).flatMap(([type, causes]) =>
    [causes].flat().map((cause) => [type, cause] as const)
  );
  for (const [type, cause] of cases) {
    await t.step(`${type} mirrors its object as it is at Stripe`, async () => {
      const { event, own: isStripes } = await eventOf(type, await cause(catalog), catalog);
      if (isStripes) own.push(type);
      const ref = objectRefOf(event) as ObjectRef;
      assertEquals(await mirrored(stack, [ref]), [undefined], "Nothing is mirrored yet");
      assertEquals((await readAnswer(await deliver(stack, event), 200, Receipt)).outcome, "processed");
      assert((await mirrored(stack, [ref]))[0] !== undefined, "It is mirrored");
      await assertMirrored(stack, [ref]);
    });
  }
  console.log(`${own.length} of ${cases.length} cases with an event of the Stripe emulator`);
});
