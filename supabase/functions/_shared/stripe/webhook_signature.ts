import type Stripe from "stripe";
import { isName } from "../contract/stripe_events.ts";
import { webhookSecrets } from "../env.ts";
import { AppError } from "../errors.ts";
import { stripe } from "./client.ts";

/** Seconds that a signature is accepted, so that a recorded delivery cannot be sent again later. */
const TOLERANCE = 300;

/** Costs a third of the SDK's provider, which imports the secret for every signature. */
const cryptoProvider = {
  async computeHMACSignatureAsync(payload: string, secret: string) {
    const signature = await crypto.subtle.sign("HMAC", await keyOf(secret), new TextEncoder().encode(payload));
    return Array.from(new Uint8Array(signature), (byte) => byte.toString(16).padStart(2, "0")).join("");
  },
} as Stripe.CryptoProvider;

/** One for each configured secret. */
const keys = new Map<string, Promise<CryptoKey>>();

function keyOf(secret: string): Promise<CryptoKey> {
  let key = keys.get(secret);
  if (key === undefined) {
    const bytes = new TextEncoder().encode(secret);
    keys.set(secret, key = crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]));
  }
  return key;
}

/** A thin event, which names an object of another API. Also an event destination's ping is one. */
export interface ThinEvent {
  readonly object: "v2.core.event";
  readonly id: string;
  readonly type: string;
}

/**
 * The event that Stripe signed with one of the endpoint's secrets. https://docs.stripe.com/webhooks/signature
 *
 * @param body The bytes as they were received, as text.
 * @throws AppError `invalid_signature`, `invalid_request` for a signed body that is not an event, `not_configured`
 */
export async function readSignedEvent(body: string, signature: string | null): Promise<Stripe.Event | ThinEvent> {
  const secrets = webhookSecrets();
  if (signature === null) throw AppError.invalidSignature("The stripe-signature header is missing");
  await Promise.all(secrets.map(keyOf));
  return await stripe(async (sdk) => {
    let refusal: unknown;
    for (const secret of secrets) {
      const event = await sdk.webhooks.constructEventAsync(body, signature, secret, TOLERANCE, cryptoProvider)
        .catch((cause) => {
          // The signature is valid, but the body is not JSON or is a thin event.
          if (!isWrongSignature(cause)) return thinEvent(body);
          refusal = cause;
        });
      if (event !== undefined) return isThin(event) ? event : checkedEvent(event);
    }
    throw AppError.invalidSignature(
      "The signature matches no secret of STRIPE_WEBHOOK_SECRET, or is too old",
      refusal,
    );
  });
}

function isWrongSignature(cause: unknown): boolean {
  return (cause as { type?: string }).type === "StripeSignatureVerificationError";
}

/** The SDK verifies a thin event and then refuses it: `buildEvent` in its Webhooks.js. */
function thinEvent(body: string): ThinEvent {
  try {
    const event = JSON.parse(body);
    if (isThin(event)) return event;
  } catch {
    // Refused below.
  }
  throw notAnEvent();
}

function isThin(event: { object?: unknown; id?: unknown; type?: unknown } | null): event is ThinEvent {
  return event?.object === "v2.core.event" && isName(event.id) && isName(event.type);
}

/** Checks the fields that are used later. */
function checkedEvent(event: Partial<Stripe.Event> | null): Stripe.Event {
  const isEvent = event?.object === "event" && isName(event.id) && isName(event.type) &&
    isName(event.api_version ?? "none") && Number.isSafeInteger(event.created) &&
    typeof event.data?.object === "object" && event.data.object !== null;
  if (!isEvent) throw notAnEvent();
  return event as Stripe.Event;
}

const notAnEvent = () => AppError.invalidRequest([{ field: "", message: "Send a Stripe event" }]);
