import type { StripeState } from "../state.ts";
import { EVENT_NAMES, KINDS } from "./event_names.ts";
import { type Cause, type EventRow, Events, NO_REQUEST } from "./events.ts";
import { type AllExpansions, render } from "./expand.ts";
import { previousAttributes } from "./previous_attributes.ts";
import { Table } from "./table.ts";
import type { Kind, Kinds } from "./wire.ts";

/** The data of the account: the tables of all kinds, the clock and the events. */
export interface Store {
  tables: { [K in Kind]: Table<Kinds[K]> };
  events: Events;
  /** The signing secrets of the webhook endpoints, by endpoint id. */
  webhookSecrets: Record<string, string>;
  /** Milliseconds, as `Date.now`. */
  now(): number;
  /** Unix seconds. */
  time(): number;
  account: string;
  /** The origin of the pages that links of objects point to. */
  origin: string;
  searchLag: number;
  behavior: Behavior;
  /** The current request. */
  cause: Cause;
  /**
   * Emits an event, in addition to those of the writes.
   *
   * @param object The current state, which the event shows
   * @param previous The earlier state, for `previous_attributes`
   */
  emit(type: string, object: object, previous?: object): void;
}

/** What a test can choose about Stripe. */
export interface Behavior {
  /** What becomes of `expand` for the tiers of a currency that a price does not have; what Stripe does is not known. */
  missing_currency: "ignore" | "refuse";
  /** Whether a subscription's invoices and changes of quantity are limited: https://docs.stripe.com/rate-limits */
  subscription_limits: boolean;
  /** Whether the subscription of a Checkout session exists while its first payment is under way; not known of Stripe. */
  checkout_subscription: "early" | "late";
  /** What expiring a Checkout session does to a payment that is under way; not documented by Stripe. */
  checkout_expiry: "cancels" | "leaves" | "refuses";
  /** Whether the settings of Stripe Tax are complete. */
  tax_settings: "active" | "pending";
}

export const BEHAVIOR: Behavior = {
  missing_currency: "ignore",
  subscription_limits: true,
  checkout_subscription: "late",
  checkout_expiry: "cancels",
  tax_settings: "active",
};

export interface StoreOptions {
  account: string;
  origin: string;
  now(): number;
  /** Events have no field that needs expand. */
  expansions: AllExpansions;
  /** Called for every event. */
  onEvent(row: EventRow): void;
}

export const SEARCH_LAG = 60_000;

/** @param state Changed in place */
export function openStore(state: StripeState, { account, origin, now, expansions, onEvent }: StoreOptions): Store {
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
    origin,
    searchLag: SEARCH_LAG,
    behavior: { ...BEHAVIOR },
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

/** A copy of the account that a call can change without an effect and without its limits, for a preview. */
export const scratchOf = (store: Store): Store => ({
  ...store,
  tables: Object.fromEntries(
    KINDS.map((kind) => [kind, (store.tables[kind] as Table<Kinds[Kind]>).copy()]),
  ) as unknown as Store["tables"],
  behavior: { ...store.behavior, subscription_limits: false },
  emit() {},
});
