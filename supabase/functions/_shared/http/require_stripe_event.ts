import type Stripe from "stripe";
import { readSignedEvent } from "../stripe/webhook_signature.ts";
import { readText } from "./read_text.ts";
import type { Caller } from "./serve.ts";

/** Bytes: Stripe's largest events are a quarter of it. */
const MAX_BYTES = 1_048_576;

/** The sender of an event is known only by the event's signature. */
export interface EventSender extends Caller {
  readonly event: Stripe.Event;
}

/** Guard for events that Stripe signed. It reads the body, so the endpoint has no other input. */
export async function requireStripeEvent(request: Request): Promise<EventSender> {
  const event = await readSignedEvent(await readText(request, MAX_BYTES), request.headers.get("stripe-signature"));
  return { id: event.id, event };
}
