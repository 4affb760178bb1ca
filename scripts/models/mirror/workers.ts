/** The workers step by step: fetch an object, fill from a list, reconcile with the list of events. */
import { completeFill, finishEvents, recordEventsPage, recordObject, recordPage, writeRow } from "./database.ts";
import type { Rules } from "./rules.ts";
import { type State, versionOf, type Worker } from "./state.ts";
import { eventName, objectName, versionName } from "./names.ts";

/** What may happen next, for the trace, and what it changes. */
export interface Transition {
  describe: () => string;
  apply: (state: State) => void;
}

/** The transitions of one worker: one, or one for each version that a read may return. */
export function transitionsOf(state: State, index: number, rules: Rules): Transition[] {
  const { kind, next, name, at, seen, from, ticket } = state.workers[index]!;
  const transition = (action: string, apply: (state: State, worker: Worker) => void): Transition => ({
    describe: () => `${name} (ticket ${ticket}) ${action}`,
    apply: (state) => apply(state, state.workers[index]!),
  });
  const { guards } = rules;

  if (kind === "reconcile") {
    if (next === "record") return [transition(`records ${eventName(seen)}`, recordEvent)];
    const found = newestEvent(state, state.workers[index]!);
    return [transition(`lists events ${from + 1} to ${at}: ${eventName(found)}`, (_, worker) => keep(worker, found))];
  }
  if (next === "read") {
    return visibleVersions(state, at, rules).map((version) =>
      transition(
        `${kind === "fill" ? "lists" : "reads"} ${objectName(at)}: ${versionName(state.bounds, at, version)}`,
        (_, worker) => keep(worker, version),
      )
    );
  }
  if (next === "complete") return [transition("completes", complete)];
  const record = `records ${objectName(at)}: ${versionName(state.bounds, at, seen)}`;
  const finish = `finishes the events of ${objectName(at)}`;
  if (kind === "fill") return [transition(record, recordListed)];
  const finishFirst = !guards.recordPrecedesFinish;
  if (next === "finish") return [transition(finishFirst ? record : finish, secondHalf)];
  return [transition(finishFirst ? finish : record, recordFetched)];

  function recordFetched(state: State, worker: Worker): void {
    if (finishFirst) finishEvents(state, at, ticket, guards);
    else if (!guards.recordAndFinishAreAtomic) writeRow(state, at, seen, ticket, guards);
    else {
      recordObject(state, at, seen, ticket, guards);
      return end(state, worker);
    }
    worker.next = "finish";
  }

  function secondHalf(state: State, worker: Worker): void {
    if (finishFirst) writeRow(state, at, seen, ticket, guards);
    else finishEvents(state, at, ticket, guards);
    end(state, worker);
  }

  function recordListed(state: State, worker: Worker): void {
    if (!recordPage(state, worker, guards)) return end(state, worker);
    worker.at++;
    worker.seen = -1;
    worker.next = worker.at < state.bounds.histories.length ? "read" : "complete";
  }

  function complete(state: State, worker: Worker): void {
    completeFill(state, worker, guards);
    end(state, worker);
  }

  function recordEvent(state: State, worker: Worker): void {
    if (!recordEventsPage(state, worker, guards)) return end(state, worker);
    worker.at = worker.seen;
    worker.seen = -1;
    worker.next = "read";
  }
}

function keep(worker: Worker, seen: number): void {
  worker.seen = seen;
  worker.next = "record";
}

export function end(state: State, worker: Worker): void {
  state.workers.splice(state.workers.indexOf(worker), 1);
}

function visibleVersions(state: State, object: number, { assumptions }: Rules): number[] {
  let known = 0;
  for (const event of state.events) {
    // Also one whose claim the database has forgotten was delivered.
    const isKnown = event.ledger !== "unknown" || event.deliveries < state.bounds.deliveries;
    if (event.object === object && isKnown) known = event.version;
  }
  const versions = [];
  const oldest = Math.max(0, known - assumptions.readsAreBehind);
  for (let version = versionOf(state, object); version >= oldest; version--) versions.push(version);
  return versions;
}

/** The newest event before the cursor in the window, or -1. The list is newest first. */
function newestEvent({ events }: State, { at, from }: Worker): number {
  const newest = Math.min(at, events.length) - 1;
  return newest < from ? -1 : newest;
}
