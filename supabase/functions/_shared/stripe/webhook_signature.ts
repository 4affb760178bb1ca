import type Stripe from "stripe";
import { isName } from "../contract/stripe_events.ts";
import { webhookSecrets } from "../env.ts";
import { AppError } from "../errors.ts";
import { stripe } from "./client.ts";

/** Seconds that a signature may be old: a recorded delivery is of no use later. */
const TOLERANCE = 300;

/** A third of what the SDK's own costs, which imports the secret anew each time. */
const cryptoProvider = {
  async computeHMACSignatureAsync(payload: string, secret: string) {
    const signature = await crypto.subtle.sign("HMAC", await keyOf(secret), new TextEncoder().encode(payload));
    return Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
} as Stripe.CryptoProvider;

/** As many as there are secrets in the configuration. */
const keys = new Map<string, Promise<CryptoKey>>();

function keyOf(secret: string): Promise<CryptoKey> {
  let key = keys.get(secret);
  if (key === undefined) {
    const bytes = new TextEncoder().encode(secret);
    keys.set(secret, key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]));
  }
  return key;
}

/**
 * The event that Stripe signed with one of our endpoint's secrets. https://docs.stripe.com/webhooks/signature
 *
 * @param body The bytes as they came, as text.
 * @throws AppError `invalid_signature`, `invalid_request` for what is signed and no event, `not_configured`
 */
export async function readSignedEvent(body: string, signature: string | null): Promise<Stripe.Event> {
  const secrets = webhookSecrets();
  if (signature === null) throw AppError.invalidSignature("No stripe-signature was sent");
  await Promise.all(secrets.map(keyOf));
  return await stripe(async (sdk) => {
    let refusal: unknown;
    for (const secret of secrets) {
      const given = await sdk.webhooks.constructEventAsync(body, signature, secret, TOLERANCE, cryptoProvider)
        .catch((cause) => {
          // Signed, and yet no JSON, or one of Stripe's newer notifications.
          if (!isRefusal(cause)) throw notAnEvent();
          refusal = cause;
        });
      if (given !== undefined) return eventOf(given);
    }
    throw AppError.invalidSignature(
      "No secret of STRIPE_WEBHOOK_SECRET made this signature, or it is too old",
      refusal,
    );
  });
}

function isRefusal(cause: unknown): boolean {
  return (cause as { type?: string }).type === "StripeSignatureVerificationError";
}

/** Only Stripe gets here; but what it says of an event is used, so it is looked at. */
function eventOf(event: Partial<Stripe.Event> | null): Stripe.Event {
  const isEvent = event?.object === "event" && isName(event.id) && isName(event.type) &&
    isName(event.api_version ?? "none") && Number.isSafeInteger(event.created) &&
    typeof event.data?.object === "object" && event.data.object !== null;
  if (!isEvent) throw notAnEvent();
  return event as Stripe.Event;
}

const notAnEvent = () => AppError.invalidRequest([{ field: "", message: "Send an event of Stripe's" }]);
