import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { isInvalid, isMissing } from "./errors.ts";
import { LIST_OPTIONS, readAll } from "./page.ts";

/** Every open checkout session of a customer; none of one that Stripe does not have. https://docs.stripe.com/api/checkout/sessions/list */
export const listOpenSessions = (customer: string): Promise<Stripe.Checkout.Session[]> =>
  listOf(
    (sdk) => readAll((page) => sdk.checkout.sessions.list({ customer, status: "open", ...page }, LIST_OPTIONS)),
  );

/** Every subscription of a customer that was not canceled. https://docs.stripe.com/api/subscriptions/list */
export const listSubscriptions = (customer: string): Promise<Stripe.Subscription[]> =>
  listOf((sdk) => readAll((page) => sdk.subscriptions.list({ customer, ...page }, LIST_OPTIONS)));

/**
 * Expires an open session. https://docs.stripe.com/api/checkout/sessions/expire
 *
 * @returns Its status afterwards: Stripe refuses to expire one that is no longer open.
 */
export async function expireSession(id: string): Promise<Stripe.Checkout.Session["status"]> {
  try {
    return (await stripe((sdk) => sdk.checkout.sessions.expire(id))).status;
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return (await stripe((sdk) => sdk.checkout.sessions.retrieve(id))).status;
  }
}

/** Lets a subscription end with its period; the state is the parameter, so a repetition is harmless. */
export const endWithPeriod = (id: string): Promise<void> =>
  unlessMissing(stripe((sdk) => sdk.subscriptions.update(id, { cancel_at_period_end: true })));

/** Cancels a subscription now, without a refund and without a last invoice. */
export const cancelNow = (id: string): Promise<void> =>
  unlessMissing(stripe((sdk) => sdk.subscriptions.cancel(id, { invoice_now: false, prorate: false })));

async function listOf<Item>(list: (sdk: Stripe) => Promise<Item[]>): Promise<Item[]> {
  try {
    return await stripe(list);
  } catch (error) {
    if (isMissing(error, "customer")) return [];
    throw error;
  }
}

/** One that was canceled meanwhile is what was wanted. */
async function unlessMissing(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
