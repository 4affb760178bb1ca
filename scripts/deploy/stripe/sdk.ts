import Stripe from "stripe";
import { STRIPE_API_VERSION } from "../../../supabase/functions/_shared/contract/stripe_events.ts";
import { Failure } from "../../lib/failure.ts";

/** Stripe's SDK for a base URL, in the functions' API version. */
export function openStripe(address: string, secretKey: string): Stripe {
  const { protocol, hostname, port } = new URL(address);
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: 20_000,
    maxNetworkRetries: 2,
    telemetry: false,
    protocol: protocol.slice(0, -1) as "http" | "https",
    host: hostname,
    port: port || (protocol === "https:" ? 443 : 80),
  });
}

/** Whether a restricted key lacks the permission. */
export const isForbidden = (error: unknown): boolean => error instanceof Stripe.errors.StripePermissionError;

/** Awaits a call of the SDK. @throws Failure with Stripe's message when the call fails */
export async function stripeCall<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    throw new Failure(`Stripe call failed: ${error.message}`, { cause: error });
  }
}
