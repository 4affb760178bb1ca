import type Stripe from "stripe";
import type { Hint } from "../../contract/error_body.ts";
import type { BegunCheckout } from "../../database/checkouts.ts";
import { accessEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import type { KeptPayment } from "../../stripe/mirrored/payment_intent.ts";
import { hasEnded, productsOf } from "../../stripe/mirrored/subscription.ts";
import { fetchAndRecord } from "../sync/fetch_and_record.ts";
import { fetchObject } from "../sync/fetch_object.ts";
import type { CheckoutGateways } from "./gateways.ts";

type Subscription = Stripe.Subscription;

/**
 * The customer's subscriptions of any status, as Stripe has them after the sessions were settled.
 *
 * An incomplete one of an expired session is voided first: its payment page is gone, so nothing else would free the slot.
 */
export async function listSettled(
  customer: string,
  { offer, ticket, deployment_id }: BegunCheckout,
  candidate: Stripe.Checkout.Session | undefined,
  { stripe, database }: CheckoutGateways,
): Promise<Subscription[]> {
  const list = async () => {
    const listed = await stripe.listSubscriptions(customer);
    if (listed.length > 0) await database.recordObjects(ticket, listed);
    return listed;
  };
  const listed = await list();
  if (offer.mode === "payment") return listed;
  const incomplete = listed.filter((one) =>
    one.status === "incomplete" && one.metadata.deployment_id === deployment_id && one.metadata.slot === offer.slot &&
    !isOf(candidate, one)
  );
  if (incomplete.length === 0) return listed;
  // A session names its subscription only when it is complete, so the metadata says which belong together.
  const expired = await stripe.listSessions(customer, "expired");
  for (const subscription of incomplete.filter((one) => expired.some((session) => isOf(session, one)))) {
    const { latest_invoice } = subscription;
    // Stripe refuses it for an invoice that was paid meanwhile; the second list shows which.
    if (typeof latest_invoice === "string") await stripe.voidInvoice(latest_invoice).catch(() => undefined);
  }
  return await list();
}

/** Whether the subscription was born of the session. */
const isOf = (session: Stripe.Checkout.Session | undefined, { metadata }: Subscription): boolean =>
  session !== undefined && session.metadata?.checkout === metadata.checkout;

/**
 * Requires that nothing occupies the slot.
 *
 * @throws AppError `already_subscribed`, `already_purchased`, `payment_pending`
 */
export async function requireFreeSlot(
  customer: string,
  begun: BegunCheckout,
  subscriptions: Subscription[],
  candidate: Stripe.Checkout.Session | undefined,
  gateways: CheckoutGateways,
): Promise<void> {
  if (begun.offer.mode === "payment") {
    if (begun.offer.once) await requireNotPurchased(customer, begun, gateways);
    return;
  }
  const live = subscriptions.filter((one) => !hasEnded(one) && !(one.status === "incomplete" && isOf(candidate, one)));
  if (live.length === 0) return;
  const occupying = await inSlot(begun.offer.slot, live, gateways);
  const active = occupying.find(({ status }) => status !== "incomplete");
  if (active !== undefined) throw AppError.alreadySubscribed(hintOf(active));
  const [pending] = occupying;
  if (pending !== undefined) throw AppError.paymentPending({ action: "wait", subscription: pending.id });
}

/** Those with a product of the slot. One that the mirror does not have counts too, and is fetched. */
async function inSlot(slot: string, live: Subscription[], gateways: CheckoutGateways): Promise<Subscription[]> {
  const { database } = gateways;
  const products = [...new Set(live.flatMap(productsOf))];
  const find = () => database.findSlots(products, accessEnv().slotBy);
  let slots = await find();
  const unknown = products.filter((id) => slots[id] === undefined);
  for (const object_id of unknown) {
    await fetchAndRecord(() => fetchObject({ object: "product", object_id }, gateways), database);
  }
  if (unknown.length > 0) slots = await find();
  return live.filter((one) => productsOf(one).some((id) => (slots[id] ?? slot) === slot));
}

function hintOf({ id, status, cancel_at, cancel_at_period_end }: Subscription): Hint {
  if (status === "past_due" || status === "unpaid") return { action: "pay", subscription: id };
  const action = cancel_at_period_end || cancel_at !== null ? "resume" : "portal";
  return { action, subscription: id };
}

/** A wholly refunded payment frees the slot, and so does one that failed. */
async function requireNotPurchased(
  customer: string,
  { offer }: BegunCheckout,
  { stripe }: CheckoutGateways,
): Promise<void> {
  const complete = await stripe.listSessions(customer, "complete");
  for (const { metadata, payment_intent } of complete.filter(({ metadata }) => metadata?.slot === offer.slot)) {
    if (metadata === null || payment_intent === null) throw AppError.alreadyPurchased();
    const object_id = typeof payment_intent === "string" ? payment_intent : payment_intent.id;
    const payment = await stripe.retrieveObject({ object: "payment_intent", object_id });
    const { status, amount_received, latest_charge } = payment as KeptPayment;
    const amount_refunded = latest_charge?.amount_refunded ?? 0;
    if (status === "processing") throw AppError.paymentPending({ action: "wait" });
    if (status === "succeeded" && amount_refunded < amount_received) throw AppError.alreadyPurchased();
  }
}
