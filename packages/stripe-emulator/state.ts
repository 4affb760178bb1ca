import type { ClockState } from "./core/clock.ts";
import type { PendingDelivery } from "./core/deliveries.ts";
import { KINDS } from "./core/event_names.ts";
import type { EventRow } from "./core/events.ts";
import type { StoredAnswer } from "./core/idempotency.ts";
import type { Row } from "./core/table.ts";
import type { Kind, Kinds } from "./core/wire.ts";

/** Everything that can be saved and loaded, as plain JSON; rows are in the order of creation. */
export interface StripeState extends ClockState {
  objects: { [K in Kind]: Row<Kinds[K]>[] };
  events: EventRow[];
  /** The signing secret of each webhook endpoint, by its id. */
  webhook_secrets: Record<string, string>;
  /** Deliveries that no endpoint has confirmed yet. */
  deliveries: Record<string, PendingDelivery>;
  idempotency: Record<string, StoredAnswer>;
}

/** The state of a new account. */
export function emptyState(): StripeState {
  return {
    objects: Object.fromEntries(KINDS.map((kind) => [kind, []])) as unknown as StripeState["objects"],
    events: [],
    webhook_secrets: {},
    deliveries: {},
    clock_offset: 0,
    clock_stopped: null,
    idempotency: {},
  };
}

/** Adds in place what a state lacks that an older version saved. */
export function completeState(state: StripeState): void {
  const empty = emptyState();
  Object.assign(state, {
    ...empty,
    ...state,
    objects: Object.assign(state.objects, { ...empty.objects, ...state.objects }),
  });
}
