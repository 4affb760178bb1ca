import { randomId } from "./ids.ts";
import { previousAttributes } from "./previous_attributes.ts";
import { API_VERSION } from "./version.ts";
import type { Event } from "./wire.ts";

/** An event as it is kept: how many webhooks are pending is told by the endpoints that did not confirm it yet. */
export interface EventRow {
  event: Omit<Event, "pending_webhooks">;
  undelivered: string[];
}

/** What made an event: a request, or nobody when the account did it by itself. */
export interface Cause {
  id: string | null;
  idempotency_key: string | null;
}

export const NO_REQUEST: Cause = { id: null, idempotency_key: null };

/** Seconds that an event can be read: https://docs.stripe.com/api/events */
const KEPT = 30 * 24 * 60 * 60;
const MOST_EVENTS = 50_000;

/** The events of the last 30 days, in the order in which they happened. */
export class Events {
  readonly #rows: EventRow[];
  readonly #time: () => number;
  readonly #positions: Map<string, number>;
  /** How many were forgotten: positions count from the very first one. */
  #forgotten = 0;

  /** `rows` belongs to the caller and is changed in place; `time` is the account's, in seconds. */
  constructor(rows: EventRow[], time: () => number) {
    this.#rows = rows;
    this.#time = time;
    this.#positions = new Map(rows.map(({ event }, position) => [event.id, position]));
  }

  get length(): number {
    this.#forget();
    return this.#rows.length;
  }

  /** Where an event stands among those that are kept. */
  position(id: string): number | undefined {
    this.#forget();
    const position = this.#positions.get(id);
    return position === undefined ? undefined : position - this.#forgotten;
  }

  at(position: number): Event | undefined {
    const row = this.#rows[position];
    return row && whole(row);
  }

  get(id: string): Event | undefined {
    return this.at(this.position(id) ?? -1);
  }

  /** Notes an event. @param previous The object as it was; the event then tells what is different. */
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
    this.#positions.set(row.event.id, this.#forgotten + this.#rows.length);
    this.#rows.push(row);
    this.#forget();
    return row;
  }

  /** The kept events, oldest first. */
  rows(): readonly EventRow[] {
    this.#forget();
    return this.#rows;
  }

  row(id: string): EventRow | undefined {
    return this.#rows[this.position(id) ?? -1];
  }

  clear(): void {
    this.#rows.length = 0;
    this.#positions.clear();
    this.#forgotten = 0;
  }

  #forget(): void {
    const limit = this.#time() - KEPT;
    let count = Math.max(0, this.#rows.length - MOST_EVENTS);
    while (count < this.#rows.length && this.#rows[count]!.event.created < limit) count++;
    if (count === 0) return;
    for (const { event } of this.#rows.splice(0, count)) this.#positions.delete(event.id);
    this.#forgotten += count;
  }
}

/** An event as it is read. */
export const whole = ({ event: { livemode, request, type, ...event }, undelivered }: EventRow): Event =>
  ({ ...event, livemode, pending_webhooks: undelivered.length, request, type }) as Event;
