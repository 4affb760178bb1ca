import type Stripe from "stripe";
import { readSignedEvent } from "../stripe/webhook_signature.ts";
import { readText } from "./read_text.ts";
import type { Caller } from "./serve.ts";

/** Bytes: Stripe's largest events are a quarter of it. */
const LARGEST = 1_048_576;

/** Who sends an event is the event itself: its signature is all there is. */
export interface Sender extends Caller {
  readonly event: Stripe.Event;
}

/** An event that Stripe signed. It reads the body, so there is no other input. */
export async function requireStripeEvent(request: Request): Promise<Sender> {
  const event = await readSignedEvent(await readText(request, LARGEST), request.headers.get("stripe-signature"));
  return { id: event.id, event };
}
