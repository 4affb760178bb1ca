/** Every type of our table through the front door, with an object at Stripe as it is when Stripe sends such an event. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { type ObjectRef, objectRefOf, STRIPE_EVENTS } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent, type SentEvent } from "./events.ts";
import { assertMirrored, entitlements, mirrored } from "./mirror_state.ts";
import { openShop, type Shop, uniqueName } from "./shop.ts";
import { startStack } from "./stack.ts";

/** What brings such an event about, and the object that it then tells of. */
type Case = (shop: Shop) => Promise<object>;

const DAY = 24 * 60 * 60;
const now = () => Math.floor(Date.now() / 1_000);
const later = { collection_method: "send_invoice", days_until_due: 7 } as const;

const customer = async ({ stripe }: Shop) =>
  (await stripe.customers.create({ email: `${uniqueName()}@example.com` })).id;

async function subscribe(shop: Shop, how: Partial<Stripe.SubscriptionCreateParams> = later) {
  const of = await customer(shop);
  return await shop.stripe.subscriptions.create({ customer: of, items: [{ price: shop.prices[0]! }], ...how });
}

const product = ({ stripe }: Shop) => stripe.products.create({ name: uniqueName() });
async function price(shop: Shop) {
  return await shop.stripe.prices.create({ product: (await product(shop)).id, currency: "usd", unit_amount: 100 });
}

/** A draft of one line. */
async function invoice(shop: Shop) {
  const { id } = await shop.stripe.invoices.create({ customer: await customer(shop), ...later });
  await shop.stripe.invoiceItems.create({
    customer: (await shop.stripe.invoices.retrieve(id)).customer as string,
    invoice: id,
    amount: 100,
    currency: "usd",
  });
  return await shop.stripe.invoices.retrieve(id);
}
const open = async (shop: Shop) => await shop.stripe.invoices.finalizeInvoice((await invoice(shop)).id!);

/** The first invoice of somebody whose card does not pay. */
async function unpaid(shop: Shop, card: string) {
  const { latest_invoice } = await subscribe(shop, { default_payment_method: card });
  return await shop.stripe.invoices.retrieve(latest_invoice as string);
}

const trial = (shop: Shop) =>
  subscribe(shop, {
    trial_period_days: 14,
    trial_settings: { end_behavior: { missing_payment_method: "pause" } },
  });

/** A checkout that is paid for on its page: what it then tells names the subscription that came of it. */
async function checkout({ stripe, prices }: Shop) {
  const { id } = await stripe.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: prices[0]!, quantity: 1 }],
    success_url: "https://example.com/thanks",
  });
  const { id: payment_method } = await stripe.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  await stripe.rawRequest("POST", `/v1/payment_pages/${id}/confirm`, { payment_method });
  return await stripe.checkout.sessions.retrieve(id);
}

const CASES: Record<string, Case> = {
  "product.created": product,
  "product.updated": async (shop) => shop.stripe.products.update((await product(shop)).id, { active: false }),
  "product.deleted": async (shop) => shop.stripe.products.del((await product(shop)).id),
  "price.created": price,
  "price.updated": async (shop) => shop.stripe.prices.update((await price(shop)).id, { active: false }),
  // The API deletes none: only the dashboard does, and only prices that were never used.
  "price.deleted": () => Promise.resolve({ id: "price_gone", object: "price", deleted: true }),

  "customer.created": async (shop) => shop.stripe.customers.retrieve(await customer(shop)),
  "customer.updated": async (shop) => shop.stripe.customers.update(await customer(shop), { name: uniqueName() }),
  "customer.deleted": async (shop) => shop.stripe.customers.del(await customer(shop)),

  "customer.subscription.created": (shop) => subscribe(shop),
  "customer.subscription.updated": async (shop) =>
    shop.stripe.subscriptions.update((await subscribe(shop)).id, { cancel_at_period_end: true }),
  "customer.subscription.deleted": async (shop) => shop.stripe.subscriptions.cancel((await subscribe(shop)).id),
  "customer.subscription.paused": async (shop) =>
    shop.stripe.subscriptions.update((await trial(shop)).id, { trial_end: "now" }),
  async "customer.subscription.resumed"(shop) {
    const { id, customer } = await shop.stripe.subscriptions.update((await trial(shop)).id, { trial_end: "now" });
    await shop.stripe.paymentMethods.attach("pm_card_visa", { customer: customer as string });
    return await shop.stripe.subscriptions.resume(id);
  },
  // What was to be applied when an invoice is paid; both leave a subscription like any other.
  "customer.subscription.pending_update_applied": (shop) => subscribe(shop),
  "customer.subscription.pending_update_expired": (shop) => subscribe(shop),
  "customer.subscription.trial_will_end": (shop) => subscribe(shop, { trial_end: now() + 2 * DAY }),

  "invoice.created": invoice,
  "invoice.updated": async (shop) =>
    shop.stripe.invoices.update((await invoice(shop)).id!, { description: uniqueName() }),
  "invoice.deleted": async (shop) => shop.stripe.invoices.del((await invoice(shop)).id!),
  "invoice.finalized": open,
  "invoice.finalization_failed": invoice,
  "invoice.sent": async (shop) => shop.stripe.invoices.sendInvoice((await open(shop)).id!),
  "invoice.paid": async (shop) => shop.stripe.invoices.pay((await open(shop)).id!, { paid_out_of_band: true }),
  "invoice.payment_succeeded": async (shop) =>
    shop.stripe.invoices.pay((await open(shop)).id!, { paid_out_of_band: true }),
  "invoice.payment_failed": (shop) => unpaid(shop, "pm_card_chargeCustomerFail"),
  "invoice.payment_action_required": (shop) => unpaid(shop, "pm_card_threeDSecure2Required"),
  "invoice.overdue": open,
  "invoice.voided": async (shop) => shop.stripe.invoices.voidInvoice((await open(shop)).id!),
  "invoice.marked_uncollectible": async (shop) => shop.stripe.invoices.markUncollectible((await open(shop)).id!),

  "entitlements.active_entitlement_summary.updated": async (shop) => ({
    object: entitlements,
    customer: (await subscribe(shop)).customer,
    entitlements: { object: "list", data: [], has_more: false, url: "/v1/customer_entitlements" },
  }),

  "checkout.session.completed": checkout,
  "checkout.session.async_payment_succeeded": checkout,
  "checkout.session.async_payment_failed": checkout,
};

/** Stripe's own event of this type about this subject, or one like it. */
async function eventOf(type: string, object: object, { stripe }: Shop): Promise<{ event: SentEvent; own: boolean }> {
  const wanted = objectRefOf({ type, data: { object } });
  const { data } = await stripe.events.list({ type, limit: 100 });
  const found = data.find((event) => objectRefOf(event)?.object_id === wanted?.object_id);
  if (found === undefined) return { event: makeEvent(type, object), own: false };
  return { event: JSON.parse(JSON.stringify(found)), own: true };
}

Deno.test("Every event of the table brings its object up to date", async (t) => {
  await using stack = await startStack();
  const shop = await openShop(stack);
  assertEquals(Object.keys(CASES).toSorted(), Object.keys(STRIPE_EVENTS).toSorted(), "Every type has its case");
  const own: string[] = [];

  for (const [type, bringAbout] of Object.entries(CASES)) {
    await t.step(type, async () => {
      const { event, own: stripes } = await eventOf(type, await bringAbout(shop), shop);
      if (stripes) own.push(type);
      const ref = objectRefOf(event) as ObjectRef;
      assertEquals(await mirrored(stack, [ref]), [undefined], "Nobody has looked yet");
      assertEquals((await readAnswer(await deliver(stack, event), 200, Receipt)).outcome, "processed");
      assert((await mirrored(stack, [ref]))[0] !== undefined, "It is mirrored");
      await assertMirrored(stack, [ref]);
    });
  }
  console.log(`${own.length} of ${Object.keys(CASES).length} types as the local Stripe sent them`);
});
