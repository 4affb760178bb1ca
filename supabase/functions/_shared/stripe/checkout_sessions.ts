import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { isMissing } from "./errors.ts";

/** A Checkout session, null when this account has no such id. https://docs.stripe.com/api/checkout/sessions/retrieve */
export async function readSession(id: string): Promise<Stripe.Checkout.Session | null> {
  try {
    return await stripe((sdk) => sdk.checkout.sessions.retrieve(id));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
