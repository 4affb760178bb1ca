/** A state of the model: Stripe, the database and the workers. */
import type { Bounds } from "./bounds.ts";

/** A change at Stripe and its row in the ledger. Its index in the list is its time. */
export interface Event {
  readonly object: number;
  /** Which change of the object, from 1. */
  readonly version: number;
  deliveries: number;
  ledger: "unknown" | "pending" | "done";
  ticket: number;
  /** Whether its lease never expires. */
  stuck: boolean;
}

/** A row of the mirror. */
export interface Row {
  readonly ticket: number;
  /** Zero for a tombstone. */
  readonly version: number;
}

/** A step of a worker is atomic; between two steps, every other transition may happen. */
export interface Worker {
  /** A fetch is by a webhook handler, a due-event worker or drift detection. */
  readonly kind: "fetch" | "fill" | "reconcile";
  /** For traces. */
  readonly name: string;
  readonly ticket: number;
  next: "read" | "record" | "finish" | "complete";
  /** What is read next: an object, or the events before this one. */
  at: number;
  /** What was read: a version, or an event, or -1 for none. */
  seen: number;
  /** Where a reconcile run's window begins. */
  readonly from: number;
  leased: boolean;
}

export interface State {
  readonly bounds: Bounds;
  events: Event[];
  mirror: (Row | undefined)[];
  workers: Worker[];
  /** The row of billing.catalog_fill. `first` is zero between two fills. */
  fill: { runId: number; first: number; cursor: number };
  /** The row of billing.reconcile. `to` is zero between two windows. Times are indexes in the list of events. */
  reconcile: { runId: number; polledToEnd: number; from: number; to: number; cursor: number };
  /** The last ticket drawn. */
  tickets: number;
  refetches: number;
  fills: number;
  reconciles: number;
  crashes: number;
  overruns: number;
  lostWrites: number;
}

export function firstState(bounds: Bounds): State {
  const { histories, refetches, fills, reconciles, crashes, overruns, lostWrites } = bounds;
  return {
    bounds,
    events: [],
    mirror: histories.map(() => undefined),
    workers: [],
    fill: { runId: 0, first: 0, cursor: 0 },
    reconcile: { runId: 0, polledToEnd: 0, from: 0, to: 0, cursor: 0 },
    tickets: 0,
    refetches,
    fills,
    reconciles,
    crashes,
    overruns,
    lostWrites,
  };
}

export const copyOf = (state: State): State => ({
  ...state,
  events: state.events.map((event) => ({ ...event })),
  mirror: state.mirror.slice(),
  workers: state.workers.map((worker) => ({ ...worker })),
  fill: { ...state.fill },
  reconcile: { ...state.reconcile },
});

/** How many changes of the object have happened. */
export function versionOf({ events }: State, object: number): number {
  let version = 0;
  for (const event of events) if (event.object === object) version = event.version;
  return version;
}

const LEDGER = { unknown: 0, pending: 1, done: 2 };
const KIND = { fetch: 0, fill: 1, reconcile: 2 };
const NEXT = { read: 0, record: 1, finish: 2, complete: 3 };

/** Equal for states with the same future: tickets count by their order only, and the order of workers does not count. */
export function keyOf(state: State): string {
  const { events, mirror, workers, fill, reconcile } = state;
  const rank = rankTickets(state);
  const parts = [fill.cursor, rank[fill.runId]!, rank[fill.first]!];
  parts.push(rank[reconcile.runId]!, reconcile.polledToEnd, reconcile.from, reconcile.to, reconcile.cursor);
  parts.push(state.refetches, state.fills, state.reconciles, state.crashes, state.overruns, state.lostWrites);
  for (const row of mirror) row ? parts.push(rank[row.ticket]! + 1, row.version) : parts.push(0);
  for (const { object, deliveries, ledger, ticket, stuck } of events) {
    parts.push(object, (deliveries * 3 + LEDGER[ledger]) * 2 + (stuck ? 1 : 0));
    if (ledger === "pending") parts.push(rank[ticket]!);
  }
  for (const { kind, ticket, next, at, seen, from, leased } of workers.toSorted(inOrder)) {
    parts.push(255, KIND[kind] * 8 + NEXT[next] * 2 + (leased ? 1 : 0), rank[ticket]!, at, seen + 1, from);
  }
  return String.fromCharCode(...parts);
}

/** By everything in which the future of two workers may differ. */
const inOrder = (one: Worker, other: Worker): number =>
  one.ticket - other.ticket || KIND[one.kind] - KIND[other.kind] || NEXT[one.next] - NEXT[other.next] ||
  one.at - other.at || one.seen - other.seen || one.from - other.from || Number(one.leased) - Number(other.leased);

/** Allocated once and filled for every state. */
const rank = new Uint8Array(256);

function rankTickets({ events, mirror, workers, fill, reconcile, tickets }: State): Uint8Array {
  if (tickets >= rank.length) throw new RangeError(`More than ${rank.length} tickets`);
  rank.fill(0, 0, tickets + 1);
  for (const row of mirror) if (row) rank[row.ticket] = 1;
  for (const event of events) if (event.ledger === "pending") rank[event.ticket] = 1;
  for (const worker of workers) rank[worker.ticket] = 1;
  rank[fill.runId] = rank[fill.first] = rank[reconcile.runId] = 1;
  rank[0] = 0;
  for (let ticket = 1, last = 0; ticket <= tickets; ticket++) if (rank[ticket]) rank[ticket] = ++last;
  return rank;
}
