import type Stripe from "stripe";
import { readSignedEvent, type ThinEvent } from "../stripe/webhook_signature.ts";
import { readText } from "./read_text.ts";
import type { Caller } from "./serve.ts";

/** Bytes: events of one and a quarter megabytes exist, with fifty metadata values on the object and on ten lines. */
const MAX_BYTES = 4_194_304;

/** The sender of an event is known only by the event's signature. */
export interface EventSender extends Caller {
  readonly event: Stripe.Event | ThinEvent;
}

/** Guard for events that Stripe signed. It reads the body, so the endpoint has no other input. */
export async function requireStripeEvent(request: Request): Promise<EventSender> {
  const event = readSignedEvent(await readText(request, MAX_BYTES), request.headers.get("stripe-signature"));
  return { id: event.id, event };
}
