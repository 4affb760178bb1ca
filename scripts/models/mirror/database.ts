/** The database: each function is one transaction of the migrations' SQL. */
import { isAlive } from "./bounds.ts";
import type { Guards } from "./guards.ts";
import type { Event, State, Worker } from "./state.ts";

/** How far Stripe's clock is behind, and how far a window reaches back: both in events. */
const BEHIND = 1;
const OVERLAP = 1;

const drawTicket = (state: State): number => ++state.tickets;

function start(state: State, worker: Pick<Worker, "kind" | "name" | "ticket"> & Partial<Worker>): void {
  state.workers.push({ next: "read", at: 0, seen: -1, from: 0, leased: true, ...worker });
}

const isLeased = ({ workers }: State, { ticket, stuck }: Event): boolean =>
  stuck || workers.some((worker) => worker.kind === "look" && worker.leased && worker.ticket === ticket);

export function isDue(state: State, event: Event, guards: Guards): boolean {
  return event.ledger === "pending" && !(guards.oneLookPerLease && isLeased(state, event));
}

export function mayBeClaimed(state: State, event: Event, guards: Guards): boolean {
  return event.ledger === "unknown" || isDue(state, event, guards);
}

/** claim_event, answered `look`. */
export function claimEvent(state: State, event: Event, name: string, guards: Guards): void {
  if (event.ledger === "unknown" || guards.redeliveryDrawsATicket) event.ticket = drawTicket(state);
  event.ledger = "pending";
  event.stuck = !guards.leasesRunOut;
  const seen = guards.objectIsRead ? {} : { seen: event.version, next: "record" as const };
  start(state, { kind: "look", name, ticket: event.ticket, at: event.object, ...seen });
}

/** claim_due_objects for one object: all its due events under one ticket. */
export function claimDueObject(state: State, object: number, name: string, guards: Guards): void {
  const due = state.events.filter((event) => event.object === object && isDue(state, event, guards));
  const ticket = guards.drainDrawsATicket ? drawTicket(state) : Math.min(...due.map((event) => event.ticket));
  for (const event of due) {
    event.ticket = ticket;
    event.stuck = !guards.leasesRunOut;
  }
  start(state, { kind: "look", name, ticket, at: object });
}

/** draw_ticket, by whoever looks again without an event: the reconcile at a row, a user who comes back. */
export function reread(state: State, object: number, name: string): void {
  start(state, { kind: "look", name, ticket: drawTicket(state), at: object });
}

/** record_objects for one object. */
export function recordObject(state: State, object: number, version: number, ticket: number, guards: Guards): void {
  if (!guards.ticketIsDrawnBeforeTheRead) ticket = drawTicket(state);
  writeRow(state, object, version, ticket, guards);
  finishEvents(state, object, ticket, guards);
}

/** The first half of record_objects: the row, and keep_newest. */
export function writeRow(state: State, object: number, version: number, ticket: number, guards: Guards): void {
  const row = state.mirror[object];
  if (row !== undefined && ticket < row.ticket && guards.newestTicketWins) return;
  if (isAlive(state.bounds, object, version)) state.mirror[object] = { ticket, version };
  else state.mirror[object] = guards.tombstonesStay ? { ticket, version: 0 } : undefined;
}

/** The second half: the pending events that the look came after. */
export function finishEvents(state: State, object: number, ticket: number, guards: Guards): void {
  for (const event of state.events) {
    if (event.object !== object || event.ledger !== "pending") continue;
    if (event.ticket <= ticket || !guards.onlyOlderEventsAreFinished) event.ledger = "done";
  }
}

/** Whether nobody is at it, or his lease has run out. */
export const isFree = ({ workers }: State, kind: Worker["kind"]): boolean =>
  !workers.some((worker) => worker.kind === kind && worker.leased);

/** claim_reconcile: goes on with the window, or opens the next. */
export function claimReconcile(state: State, guards: Guards): void {
  const { reconcile, events } = state;
  reconcile.pass = drawTicket(state);
  if (reconcile.to === 0) {
    reconcile.from = Math.max(0, reconcile.polledToEnd - (guards.windowsOverlap ? OVERLAP : 0));
    reconcile.to = reconcile.cursor = events.length + BEHIND;
  }
  const { pass: ticket, from, cursor } = reconcile;
  start(state, { kind: "reconcile", name: "The reconciler", ticket, from, at: cursor });
}

/** record_events_page for a page of one event. @returns whether there is more to read */
export function recordEventsPage(state: State, worker: Worker, guards: Guards): boolean {
  const { reconcile, events } = state;
  if (reconcile.pass !== worker.ticket && guards.overtakenReconcilerStops) return false;
  const event = events[worker.seen];
  if (event?.ledger === "unknown" || (event && !guards.knownEventsAreLeftAlone)) {
    event.ledger = "pending";
    event.ticket = guards.enteredUnderATicketOfItsOwn ? drawTicket(state) : worker.ticket;
  }
  const more = worker.seen > worker.from;
  if (more) reconcile.cursor = worker.seen;
  if (!more || !guards.windowEndsAtItsEnd) {
    reconcile.polledToEnd = Math.max(reconcile.polledToEnd, reconcile.to);
    reconcile.to = reconcile.from = reconcile.cursor = 0;
  }
  return more;
}

/** claim_catalog_fill: goes on from the last page, or begins. */
export function claimFill(state: State, guards: Guards): void {
  const { fill } = state;
  fill.pass = drawTicket(state);
  if (fill.first === 0 || !guards.firstFillersTicketCounts) fill.first = fill.pass;
  const next = fill.cursor < state.bounds.histories.length ? "read" : "complete";
  start(state, { kind: "fill", name: "The filler", ticket: fill.pass, at: fill.cursor, next });
}

/** record_catalog_page for a page of one object, or none if it is gone. @returns whether to go on */
export function recordPage(state: State, { ticket, at, seen }: Worker, guards: Guards): boolean {
  if (state.fill.pass !== ticket && guards.overtakenFillerStops) return false;
  state.fill.cursor = at + 1;
  if (isAlive(state.bounds, at, seen)) recordObject(state, at, seen, ticket, guards);
  return true;
}

/** complete_catalog_fill: what was not listed is gone. */
export function completeFill(state: State, { ticket }: Worker, guards: Guards): void {
  const { fill, mirror } = state;
  if (fill.pass !== ticket && guards.overtakenFillerStops) return;
  for (const [object, row] of mirror.entries()) {
    if (row === undefined || row.version === 0) continue;
    if (!guards.absentIsOlderThanTheFill) {
      if (row.ticket !== ticket) recordObject(state, object, 0, drawTicket(state), guards);
    } else if (row.ticket < fill.first) recordObject(state, object, 0, fill.first, guards);
  }
  state.fill = { pass: 0, first: 0, cursor: 0 };
}
