import Stripe from "stripe";
import { stripeAddress } from "../../../supabase/functions/_shared/contract/stripe_address.ts";
import { STRIPE_API_VERSION } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../lib/failure.ts";

/** Stripe's SDK for a base URL, in the functions' API version. */
export function openStripe(address: string, secretKey: string): Stripe {
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: 20_000,
    maxNetworkRetries: 2,
    telemetry: false,
    ...stripeAddress(address),
  });
}

/** Whether a restricted key lacks the permission. */
export const isForbidden = (error: unknown): boolean => error instanceof Stripe.errors.StripePermissionError;

/** Whether there is no object with the id. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.code === "resource_missing";

/** Awaits a call of the SDK. @throws Failure with Stripe's message when the call fails */
export async function stripeCall<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    throw new Failure(`Stripe call failed: ${error.message}`, { cause: error });
  }
}
