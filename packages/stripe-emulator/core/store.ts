import type { StripeState } from "../state.ts";
import { EVENT_NAMES, KINDS } from "./event_names.ts";
import { type Cause, type EventRow, Events, NO_REQUEST } from "./events.ts";
import { type AllExpansions, render } from "./expand.ts";
import { previousAttributes } from "./previous_attributes.ts";
import { Table } from "./table.ts";
import type { Kind, Kinds } from "./wire.ts";

/** What a resource works with: the tables of all kinds, the clock and the events. */
export interface Store {
  tables: { [K in Kind]: Table<Kinds[K]> };
  events: Events;
  /** The signing secrets of the webhook endpoints, by their ids. */
  webhookSecrets: Record<string, string>;
  /** Milliseconds, as `Date.now`. */
  now(): number;
  /** Unix seconds. */
  time(): number;
  account: string;
  searchLag: number;
  /** The request that is executed. */
  cause: Cause;
  /**
   * Makes an event, beside those that the writes of a table make by themselves.
   *
   * @param object As it is now, which is what the event shows.
   * @param previous As it was: what differs are the event's `previous_attributes`.
   */
  emit(type: string, object: object, previous?: object): void;
}

export interface StoreOptions {
  account: string;
  now(): number;
  /** What an object shows only when it is asked for is in none of its events. */
  expansions: AllExpansions;
  /** Told of every event. */
  onEvent(row: EventRow): void;
}

export const SEARCH_LAG = 60_000;

/** Opens a state that the caller keeps: it is changed in place. */
export function openStore(state: StripeState, { account, now, expansions, onEvent }: StoreOptions): Store {
  const time = () => Math.floor(now() / 1_000);
  const shown = (object: object): object => {
    const { object: kind } = object as { object?: string };
    return kind !== undefined && Object.hasOwn(expansions, kind)
      ? render(kind as Kind, object as Kinds[Kind], [], expansions, store)
      : object;
  };
  const events = new Events(state.events, time);
  const store: Store = {
    tables: {} as Store["tables"],
    events,
    webhookSecrets: state.webhook_secrets,
    now,
    time,
    account,
    searchLag: SEARCH_LAG,
    cause: NO_REQUEST,
    emit: (type, object, previous) =>
      onEvent(events.add(type, shown(object), store.cause, previous && shown(previous))),
  };

  function openTable<K extends Kind>(kind: K): void {
    const name = EVENT_NAMES[kind];
    const table = new Table<Kinds[K]>(state.objects[kind], {
      now,
      get searchLag() {
        return store.searchLag;
      },
      wrote(operation, object, previous) {
        if (name === null) return;
        if (operation === "updated" && previous && !previousAttributes(shown(previous), shown(object))) return;
        store.emit(`${name}.${operation}`, object, previous);
      },
    });
    Object.assign(store.tables, { [kind]: table });
  }
  for (const kind of KINDS) openTable(kind);
  return store;
}
