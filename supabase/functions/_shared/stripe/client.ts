import type Stripe from "stripe";
import { stripeAddress } from "../contract/stripe_address.ts";
import { STRIPE_API_VERSION } from "../contract/stripe_events.ts";
import { stripeEnv } from "../env.ts";
import { stripeError } from "./errors.ts";

let sdk: Promise<Stripe> | undefined;

/** Calls Stripe. The first call loads the SDK, so a function that answers from Postgres never evaluates it. */
export async function stripe<Answer>(call: (sdk: Stripe) => Promise<Answer>): Promise<Answer> {
  try {
    return await call(await (sdk ??= load()));
  } catch (error) {
    throw stripeError(error);
  }
}

async function load(): Promise<Stripe> {
  const { secretKey, url } = stripeEnv();
  const { default: Stripe } = await import("stripe");
  return new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: 5_000,
    maxNetworkRetries: 1,
    telemetry: false,
    ...url && stripeAddress(url),
  });
}
