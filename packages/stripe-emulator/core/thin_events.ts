import type Stripe from "stripe";
import { randomId } from "./ids.ts";
import type { Event } from "./wire.ts";

/** A thin event as it is delivered; the SDK parses it with `parseEventNotification`. https://docs.stripe.com/api/v2/core/events */
export type ThinEvent =
  & Pick<
    Stripe.V2.Core.EventBase,
    "id" | "object" | "created" | "livemode" | "type" | "snapshot_event"
  >
  & {
    context: string | null;
    reason: Stripe.V2.Core.Event.Reason | null;
    related_object: Stripe.V2.Core.Events.RelatedObject | null;
  };

/** The notification of a snapshot event: `v1.customer.created` of `customer.created`. */
export function thinEventOf({ created, data, id, request, type }: Event, context: string | null): ThinEvent {
  const object = data.object as { id?: string; object: string };
  return {
    ...envelope(`v1.${type}`, created * 1_000, context),
    reason: request?.id
      ? { type: "request", request: { id: request.id, idempotency_key: request.idempotency_key ?? "" } }
      : null,
    related_object: object.id === undefined
      ? null
      : { id: object.id, type: object.object, url: `${pathOf(object.object)}/${object.id}` },
    snapshot_event: id,
  };
}

/** The ping of an event destination: https://docs.stripe.com/api/v2/core/events/ping */
export function pingOf(now: number, context: string | null): ThinEvent {
  const id = randomId("ed_test_61", 42);
  return {
    ...envelope("v2.core.event_destination.ping", now, context),
    reason: null,
    related_object: { id, type: "v2.core.event_destination", url: `/v2/core/event_destinations/${id}` },
  };
}

const envelope = (type: string, milliseconds: number, context: string | null) => ({
  id: randomId("evt_test_65", 42),
  object: "v2.core.event" as const,
  context,
  created: new Date(milliseconds).toISOString(),
  livemode: false,
  type,
});

/** The path of a kind's collection, such as `/v1/test_helpers/test_clocks`. */
const pathOf = (kind: string): string =>
  kind === "invoiceitem" ? "/v1/invoiceitems" : `/v1/${kind.replaceAll(".", "/")}s`;
