import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { isMissing } from "./errors.ts";
import { readAll } from "./page.ts";

/** A Checkout session, null when this account has no such id. https://docs.stripe.com/api/checkout/sessions/retrieve */
export async function readSession(id: string): Promise<Stripe.Checkout.Session | null> {
  try {
    return await stripe((sdk) => sdk.checkout.sessions.retrieve(id));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A buyer waits for each of these. The SDK repeats a request under one idempotency key of its own. */
const OPTIONS: Stripe.RequestOptions = { timeout: 5_000, maxNetworkRetries: 2 };

/** A customer's sessions of a status. https://docs.stripe.com/api/checkout/sessions/list */
export const listSessions = (
  customer: string,
  status: "open" | "complete" | "expired",
): Promise<Stripe.Checkout.Session[]> =>
  stripe((sdk) => readAll((page) => sdk.checkout.sessions.list({ customer, status, ...page }, OPTIONS)));

/** https://docs.stripe.com/api/checkout/sessions/create */
export const createSession = (params: Stripe.Checkout.SessionCreateParams): Promise<Stripe.Checkout.Session> =>
  stripe((sdk) => sdk.checkout.sessions.create(params, OPTIONS));

/** https://docs.stripe.com/api/checkout/sessions/expire */
export const expireSession = (id: string): Promise<Stripe.Checkout.Session> =>
  stripe((sdk) => sdk.checkout.sessions.expire(id, {}, OPTIONS));

/** Fails for an invoice that was paid meanwhile. https://docs.stripe.com/api/invoices/void */
export const voidInvoice = (id: string): Promise<Stripe.Invoice> =>
  stripe((sdk) => sdk.invoices.voidInvoice(id, {}, OPTIONS));
