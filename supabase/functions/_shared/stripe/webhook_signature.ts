// @ts-types="./node_crypto.d.ts"
import { createHmac, timingSafeEqual } from "node:crypto";
import type Stripe from "stripe";
import { isName } from "../contract/stripe_events.ts";
import { webhookSecrets } from "../env.ts";
import { AppError } from "../errors.ts";

/** Seconds that a signature is accepted, so that a recorded delivery cannot be sent again later. */
const TOLERANCE = 300;

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
export function readSignedEvent(body: string, signature: string | null): Stripe.Event | ThinEvent {
  const secrets = webhookSecrets();
  if (signature === null) throw AppError.invalidSignature("The stripe-signature header is missing");
  if (!isSigned(body, signature, secrets)) {
    throw AppError.invalidSignature("The signature matches no secret of STRIPE_WEBHOOK_SECRET, or is too old");
  }
  return checkedEvent(parse(body));
}

/**
 * Whether one of the signatures is of one of the secrets and recent. As the SDK's `verifyHeader` does it, which loads the
 * whole SDK; a test compares both. node:crypto is part of the platform: examples/node-builtin in
 * github.com/supabase/edge-runtime. It signs in half the CPU time of Web Crypto, which works in another thread.
 */
function isSigned(body: string, header: string, secrets: readonly string[]): boolean {
  const { t: [timestamp] = [], v1: signatures = [] } = fieldsOf(header);
  if (timestamp === undefined || !/^\d+$/.test(timestamp)) return false;
  const isOf = (secret: string): boolean => {
    const expected = bytes(createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex"));
    return signatures.map(bytes).some((sent) => sent.length === expected.length && timingSafeEqual(sent, expected));
  };
  return secrets.some(isOf) && Math.floor(Date.now() / 1_000) - Number(timestamp) <= TOLERANCE;
}

/** `t=1,v1=a,v1=b` by name. */
function fieldsOf(header: string): Record<string, string[]> {
  const fields: Record<string, string[]> = { __proto__: null! };
  for (const field of header.split(",")) {
    const [name = "", value = ""] = field.split("=");
    (fields[name] ??= []).push(value);
  }
  return fields;
}

const encoder = new TextEncoder();
const bytes = (text: string) => encoder.encode(text);

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw notAnEvent();
  }
}

/** Checks the fields that are used later. */
function checkedEvent(signed: unknown): Stripe.Event | ThinEvent {
  const event = signed as Partial<Stripe.Event | ThinEvent> | null;
  if (!isName(event?.id) || !isName(event.type)) throw notAnEvent();
  if (event.object === "v2.core.event") return event as ThinEvent;
  const { object, api_version, created, data } = event as Partial<Stripe.Event>;
  const isEvent = object === "event" && isName(api_version ?? "none") && Number.isSafeInteger(created) &&
    typeof data?.object === "object" && data.object !== null;
  if (!isEvent) throw notAnEvent();
  return event as Stripe.Event;
}

const notAnEvent = () => AppError.invalidRequest([{ field: "", message: "Send a Stripe event" }]);
