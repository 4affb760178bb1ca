import { randomId } from "./ids.ts";
import { previousAttributes } from "./previous_attributes.ts";
import { API_VERSION } from "./version.ts";
import type { Event } from "./wire.ts";

/** A stored event; `undelivered` are the endpoints that have not confirmed it, `pending_webhooks` is their number. */
export interface EventRow {
  event: Omit<Event, "pending_webhooks">;
  undelivered: string[];
}

/** The request that caused an event; null for automatic changes. */
export interface Cause {
  id: string | null;
  idempotency_key: string | null;
}

export const NO_REQUEST: Cause = { id: null, idempotency_key: null };

/** How long events are kept, in seconds: https://docs.stripe.com/api/events */
const KEPT = 30 * 24 * 60 * 60;
const MOST_EVENTS = 50_000;

/** The events of the last 30 days, in order. */
export class Events {
  readonly #rows: EventRow[];
  readonly #time: () => number;
  readonly #positions: Map<string, number>;
  /** The number of dropped events: positions count from the first event of all. */
  #dropped = 0;

  /** @param rows Changed in place @param time The account's clock, in seconds */
  constructor(rows: EventRow[], time: () => number) {
    this.#rows = rows;
    this.#time = time;
    this.#positions = new Map(rows.map(({ event }, position) => [event.id, position]));
  }

  get length(): number {
    this.#drop();
    return this.#rows.length;
  }

  /** The position of an event among the stored ones. */
  position(id: string): number | undefined {
    this.#drop();
    const position = this.#positions.get(id);
    return position === undefined ? undefined : position - this.#dropped;
  }

  at(position: number): Event | undefined {
    const row = this.#rows[position];
    return row && whole(row);
  }

  get(id: string): Event | undefined {
    return this.at(this.position(id) ?? -1);
  }

  /** Adds an event. @param previous The earlier state, for `previous_attributes` */
  add(type: string, object: object, cause: Cause, previous?: object): EventRow {
    const before = previous && previousAttributes(previous, object);
    const row: EventRow = {
      event: {
        id: randomId("evt_1", 23),
        object: "event",
        api_version: API_VERSION,
        created: this.#time(),
        data: { object: structuredClone(object), ...(before && { previous_attributes: structuredClone(before) }) },
        livemode: false,
        request: { ...cause },
        type,
      } as EventRow["event"],
      undelivered: [],
    };
    this.#positions.set(row.event.id, this.#dropped + this.#rows.length);
    this.#rows.push(row);
    this.#drop();
    return row;
  }

  /** The stored events, oldest first. */
  rows(): readonly EventRow[] {
    this.#drop();
    return this.#rows;
  }

  row(id: string): EventRow | undefined {
    return this.#rows[this.position(id) ?? -1];
  }

  clear(): void {
    this.#rows.length = 0;
    this.#positions.clear();
    this.#dropped = 0;
  }

  #drop(): void {
    const limit = this.#time() - KEPT;
    let count = Math.max(0, this.#rows.length - MOST_EVENTS);
    while (count < this.#rows.length && this.#rows[count]!.event.created < limit) count++;
    if (count === 0) return;
    for (const { event } of this.#rows.splice(0, count)) this.#positions.delete(event.id);
    this.#dropped += count;
  }
}

/** An event as the API answers it. */
export const whole = ({ event: { livemode, request, type, ...event }, undelivered }: EventRow): Event =>
  ({ ...event, livemode, pending_webhooks: undelivered.length, request, type }) as Event;
