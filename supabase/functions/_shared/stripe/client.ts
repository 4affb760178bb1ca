import type Stripe from "stripe";
import { stripeAddress } from "../contract/stripe_address.ts";
import { STRIPE_API_VERSION } from "../contract/stripe_events.ts";
import { stripeEnv } from "../env.ts";
import { countRead, type ReadPurpose, readPurpose } from "../reads.ts";
import { fetchAndNoteTime } from "./clock.ts";
import { stripeError } from "./errors.ts";

/** One for each purpose of reads, which it counts. */
const sdks: { [Purpose in ReadPurpose]?: Promise<Stripe> } = {};

/** Calls Stripe. The first call loads the SDK, so a function that answers from Postgres never evaluates it. */
export async function stripe<Answer>(call: (sdk: Stripe) => Promise<Answer>): Promise<Answer> {
  const purpose = readPurpose();
  try {
    return await call(await (sdks[purpose] ??= load(purpose)));
  } catch (error) {
    throw stripeError(error);
  }
}

async function load(purpose: ReadPurpose): Promise<Stripe> {
  const { secretKey, url } = stripeEnv();
  const { default: Stripe } = await import("stripe");
  const sdk = new Stripe(secretKey, {
    apiVersion: STRIPE_API_VERSION,
    timeout: 5_000,
    maxNetworkRetries: 1,
    telemetry: false,
    httpClient: Stripe.createFetchHttpClient(fetchAndNoteTime),
    ...url && stripeAddress(url),
  });
  // Emitted for every request that is sent, repetitions included: `makeRequest` in the SDK's RequestSender.js.
  sdk.on("request", ({ method }: Stripe.RequestEvent) => {
    if (method === "GET") countRead(purpose);
  });
  return sdk;
}
