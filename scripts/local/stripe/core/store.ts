import { emptyState, type StripeState } from "../state.ts";
import { Table } from "./table.ts";
import type { Kind, Kinds } from "./wire.ts";

/** What a resource works with: the tables of all kinds and the clock. */
export interface Store {
  tables: { [K in Kind]: Table<Kinds[K]> };
  /** Milliseconds, as `Date.now`. */
  now(): number;
  /** Unix seconds. */
  time(): number;
  account: string;
  searchLag: number;
}

export const SEARCH_LAG = 60_000;

/** Opens a state that the caller keeps: it is changed in place. */
export function openStore(state: StripeState, account: string, now: () => number): Store {
  Object.assign(state.objects, { ...emptyState().objects, ...state.objects });
  const settings = {
    now,
    time: () => Math.floor(now() / 1_000),
    account,
    searchLag: SEARCH_LAG,
  };
  const tables = {
    product: new Table(state.objects.product, settings),
    price: new Table(state.objects.price, settings),
    customer: new Table(state.objects.customer, settings),
  };
  return Object.assign(settings, { tables });
}
