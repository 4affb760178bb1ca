/** The database. Each function is one transaction, named after the SQL function that it models. */
import { isLiving } from "./bounds.ts";
import type { Guards } from "./guards.ts";
import type { Event, State, Worker } from "./state.ts";

/** How far Stripe's clock is behind, and how far a window reaches back, both in events. */
const CLOCK_DIFFERENCE = 1;
const OVERLAP = 1;

const drawTicket = (state: State): number => ++state.tickets;

function start(state: State, worker: Pick<Worker, "kind" | "name" | "ticket"> & Partial<Worker>): void {
  state.workers.push({ next: "read", at: 0, seen: -1, from: 0, leased: true, ...worker });
}

const isLeased = ({ workers }: State, { ticket, stuck }: Event): boolean =>
  stuck || workers.some((worker) => worker.kind === "fetch" && worker.leased && worker.ticket === ticket);

export function isDue(state: State, event: Event, guards: Guards): boolean {
  return event.ledger === "pending" && !(guards.oneFetchPerLease && isLeased(state, event));
}

export function isClaimable(state: State, event: Event, guards: Guards): boolean {
  return event.ledger === "unknown" || isDue(state, event, guards);
}

/** claim_events with the answer `fetch`. */
export function claimEvent(state: State, event: Event, name: string, guards: Guards): void {
  enter(state, event, guards);
  const seen = guards.objectIsFetched ? {} : { seen: event.version, next: "record" as const };
  start(state, { kind: "fetch", name, ticket: event.ticket, at: event.object, ...seen });
}

function enter(state: State, event: Event, guards: Guards): void {
  if (event.ledger === "unknown" || guards.redeliveryGetsNewTicket) event.ticket = drawTicket(state);
  event.ledger = "pending";
  event.stuck = !guards.leasesExpire;
}

/** Whether an event that is claimed may share the fetch of this worker. */
export const mayShare = ({ object }: Event, { kind, next, at }: Worker, guards: Guards): boolean =>
  kind === "fetch" && at === object && (next === "read" || next === "record" && !guards.sharedFetchBeginsLater);

/** claim_events with the answer `fetch`, for an event that shares the fetch of a worker, under the later ticket. */
export function shareFetch(state: State, event: Event, index: number, guards: Guards): void {
  enter(state, event, guards);
  const worker = state.workers[index]!;
  state.workers[index] = { ...worker, ticket: Math.max(worker.ticket, event.ticket) };
}

/** claim_due_objects for one object: all its due events under one ticket. */
export function claimDueObject(state: State, object: number, name: string, guards: Guards): void {
  const due = state.events.filter((event) => event.object === object && isDue(state, event, guards));
  const ticket = guards.dueEventsGetNewTicket ? drawTicket(state) : Math.min(...due.map((event) => event.ticket));
  for (const event of due) {
    event.ticket = ticket;
    event.stuck = !guards.leasesExpire;
  }
  start(state, { kind: "fetch", name, ticket, at: object });
}

/** draw_ticket for a fetch without an event: drift detection, or a user's request. */
export function startRefetch(state: State, object: number, name: string): void {
  start(state, { kind: "fetch", name, ticket: drawTicket(state), at: object });
}

/** record_fetches for one object. */
export function recordObject(state: State, object: number, version: number, ticket: number, guards: Guards): void {
  if (!guards.ticketIsDrawnBeforeFetch) ticket = drawTicket(state);
  writeRow(state, object, version, ticket, guards);
  finishEvents(state, object, ticket, guards);
}

/** record_fetches for two objects, or for one that was fetched twice: its fetch under the larger ticket counts. */
export function recordTogether(state: State, fetches: readonly Worker[], guards: Guards): void {
  const inOrder = fetches.toSorted((one, other) => one.ticket - other.ticket);
  const byObject = (workers: Worker[]) => new Map(workers.map((worker) => [worker.at, worker]));
  const latest = byObject(inOrder), written = guards.largestTicketOfBatchCounts ? latest : byObject(inOrder.reverse());
  for (const [object, { ticket }] of latest) recordObject(state, object, written.get(object)!.seen, ticket, guards);
}

/** The first half of record_fetches: the row, with keep_newest. */
export function writeRow(state: State, object: number, version: number, ticket: number, guards: Guards): void {
  const row = state.mirror[object];
  if (row !== undefined && ticket < row.ticket && guards.newestTicketWins) return;
  if (isLiving(state.bounds, object, version)) state.mirror[object] = { ticket, version };
  else state.mirror[object] = guards.tombstonesAreKept ? { ticket, version: 0 } : undefined;
}

/** The second half: finishes the pending events that precede the fetch. */
export function finishEvents(state: State, object: number, ticket: number, guards: Guards): void {
  for (const event of state.events) {
    if (event.object !== object || event.ledger !== "pending") continue;
    if (event.ticket <= ticket || !guards.onlyOlderEventsAreFinished) event.ledger = "done";
  }
}

/** Whether no worker of this kind holds a lease. */
export const isFree = ({ workers }: State, kind: Worker["kind"]): boolean =>
  !workers.some((worker) => worker.kind === kind && worker.leased);

/** claim_reconcile: continues the open window, or opens the next. */
export function claimReconcile(state: State, guards: Guards): void {
  const { reconcile, events } = state;
  reconcile.runId = drawTicket(state);
  if (reconcile.to === 0) {
    reconcile.from = Math.max(0, reconcile.polledToEnd - (guards.windowsOverlap ? OVERLAP : 0));
    reconcile.to = reconcile.cursor = events.length + CLOCK_DIFFERENCE;
  }
  const { runId: ticket, from, cursor } = reconcile;
  start(state, { kind: "reconcile", name: "The reconcile run", ticket, from, at: cursor });
}

/** record_events_page for a page of one event. @returns whether the window has more pages */
export function recordEventsPage(state: State, worker: Worker, guards: Guards): boolean {
  const { reconcile, events } = state;
  if (reconcile.runId !== worker.ticket && guards.supersededReconcileStops) return false;
  const event = events[worker.seen];
  if (event?.ledger === "unknown" || (event && !guards.knownEventsAreSkipped)) {
    event.ledger = "pending";
    event.ticket = guards.polledEventGetsOwnTicket ? drawTicket(state) : worker.ticket;
  }
  const more = worker.seen > worker.from;
  if (more) reconcile.cursor = worker.seen;
  if (!more || !guards.windowClosesAfterLastPage) {
    reconcile.polledToEnd = Math.max(reconcile.polledToEnd, reconcile.to);
    reconcile.to = reconcile.from = reconcile.cursor = 0;
  }
  return more;
}

/** claim_catalog_fill: continues after the last page, or begins a fill. */
export function claimFill(state: State, guards: Guards): void {
  const { fill } = state;
  fill.runId = drawTicket(state);
  if (fill.first === 0 || !guards.fillKeepsFirstTicket) fill.first = fill.runId;
  const next = fill.cursor < state.bounds.histories.length ? "read" : "complete";
  start(state, { kind: "fill", name: "The fill", ticket: fill.runId, at: fill.cursor, next });
}

/** record_catalog_page for a page of one object, empty if it does not exist or no list shows it. @returns whether the run continues */
export function recordPage(state: State, { ticket, at, seen }: Worker, guards: Guards): boolean {
  if (state.fill.runId !== ticket && guards.supersededFillStops) return false;
  state.fill.cursor = at + 1;
  const isListed = at !== state.bounds.hidden && isLiving(state.bounds, at, seen);
  if (isListed) recordObject(state, at, seen, ticket, guards);
  return true;
}

/** list_unlisted_catalog and complete_catalog_fill: what was not listed is fetched under the run's ticket. */
export function completeFill(state: State, { ticket }: Worker, guards: Guards): void {
  const { fill, mirror } = state;
  if (fill.runId !== ticket && guards.supersededFillStops) return;
  for (const [object, row] of mirror.entries()) {
    if (row === undefined || row.version === 0 || row.ticket >= fill.first) continue;
    if (guards.absentObjectIsFetched) start(state, { kind: "fetch", name: "The fill's fetch", ticket, at: object });
    else recordObject(state, object, 0, fill.first, guards);
  }
  state.fill = { runId: 0, first: 0, cursor: 0 };
}
