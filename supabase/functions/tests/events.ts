/** Events as Stripe sends them, with any object inside. */
import { STRIPE_API_VERSION } from "../_shared/contract/stripe_events.ts";
import { type CallOptions, ORIGIN, type Stack } from "./stack.ts";

export interface SentEvent {
  id: string;
  object: string;
  type: string;
  api_version: string | null;
  created: number;
  livemode: boolean;
  data: { object: object; previous_attributes?: object };
  [field: string]: unknown;
}

let made = 0;

/** An event of this type about this object, with a new id. */
export function makeEvent(type: string, object: object, fields: Record<string, unknown> = {}): SentEvent {
  return {
    id: `evt_${String(++made).padStart(8, "0")}${crypto.randomUUID().slice(0, 8)}`,
    object: "event",
    type,
    api_version: STRIPE_API_VERSION,
    created: Math.floor(Date.now() / 1_000),
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    data: { object },
    ...fields,
  };
}

interface Signing {
  secret?: string;
  /** Unix seconds; default now. */
  timestamp?: number;
}

/** The `stripe-signature` header of a body. */
export const signatureOf = (stack: Stack, body: string, { secret, timestamp }: Signing = {}) =>
  stack.stripe.webhooks.generateTestHeaderStringAsync({
    payload: body,
    secret: secret ?? stack.stripe_webhook_secret,
    ...timestamp !== undefined && { timestamp },
  });

interface Delivery extends Signing, Pick<CallOptions, "headers"> {
  /** The process of stripe-webhook that receives it; default: the stack's. */
  to?: { readonly url: string };
}

/** Sends an event as Stripe does: with a signature over the bytes that are sent. */
export async function deliver(
  stack: Stack,
  event: SentEvent | string,
  { headers, to, ...signing }: Delivery = {},
): Promise<Response> {
  const body = typeof event === "string" ? event : JSON.stringify(event);
  const signed = { "stripe-signature": await signatureOf(stack, body, signing), ...headers };
  if (to !== undefined) {
    return await fetch(`${to.url}/stripe-webhook`, { method: "POST", body, headers: { origin: ORIGIN, ...signed } });
  }
  return await stack.call("stripe-webhook", { method: "POST", body, headers: signed });
}
