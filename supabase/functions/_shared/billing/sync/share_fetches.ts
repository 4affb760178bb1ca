import type { ObjectRef } from "../../contract/stripe_events.ts";

/** Fetches an object under a ticket and records it. */
export type Fetch = (ticket: number) => Promise<void>;

/** An event from its arrival until its object is recorded. */
export interface Arrival {
  /**
   * The fetch that covers the event, begun after the event's ticket was drawn: with other events of the object, or alone.
   *
   * @throws What the fetch throws, for each of its events
   */
  fetch(ticket: number, fetch: Fetch): Promise<void>;
  /** To be called at the end in any case. */
  leave(): void;
}

interface SharedObject {
  /** The events that were not left. */
  events: number;
  /** Events whose ticket is being drawn. */
  readonly claiming: Set<Promise<void>>;
  /** The fetch that has begun. */
  running?: Promise<void>;
  /** The fetch that events still join, under the last of their tickets. */
  next?: { ticket: number; readonly recorded: Promise<void> };
}

/**
 * One fetch for the events of an object that arrive in an isolate at the same time: it begins when the tickets that were
 * being drawn are there, so an event that comes alone waits for nothing. Events that arrive during a fetch share the
 * next, because a change may be later than a read that has begun.
 */
export function createSharedFetches(): (ref: ObjectRef) => Arrival {
  const objects = new Map<string, SharedObject>();

  return ({ object: kind, object_id }) => {
    const key = JSON.stringify([kind, object_id]);
    const object = objects.get(key) ?? { events: 0, claiming: new Set() };
    objects.set(key, object);
    object.events++;
    const { promise: claimed, resolve } = Promise.withResolvers<void>();
    object.claiming.add(claimed);

    const endClaim = () => {
      object.claiming.delete(claimed);
      resolve();
    };
    return {
      fetch(ticket, fetch) {
        if (object.next === undefined) object.next = { ticket, recorded: fetchNext(object, fetch) };
        else object.next.ticket = Math.max(object.next.ticket, ticket);
        endClaim();
        return object.next.recorded;
      },
      leave() {
        endClaim();
        if (--object.events === 0) objects.delete(key);
      },
    };
  };
}

async function fetchNext(object: SharedObject, fetch: Fetch): Promise<void> {
  await object.running?.catch(() => {});
  await Promise.all(object.claiming);
  const { ticket } = object.next!;
  delete object.next;
  await (object.running = fetch(ticket));
}
