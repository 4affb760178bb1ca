/** The workers, step by step: look at an object, fill from a list, reconcile with the list of events. */
import { completeFill, finishEvents, recordEventsPage, recordObject, recordPage, writeRow } from "./database.ts";
import type { Rules } from "./rules.ts";
import { type State, versionOf, type Worker } from "./state.ts";
import { eventName, objectName, versionName } from "./words.ts";

/** A step that can be taken: in words, and what it changes. */
export interface Step {
  words: () => string;
  take: (state: State) => void;
}

/** The steps that this worker may take next: one, or one for each state that a read may find. */
export function stepsOf(state: State, place: number, rules: Rules): Step[] {
  const { kind, next, name, at, seen, from, ticket } = state.workers[place]!;
  const step = (words: string, take: (state: State, worker: Worker) => void): Step => ({
    words: () => `${name} (ticket ${ticket}) ${words}`,
    take: (state) => take(state, state.workers[place]!),
  });
  const { guards } = rules;

  if (kind === "reconcile") {
    if (next === "record") return [step(`enters ${eventName(seen)}`, enterEvent)];
    const found = newestEvent(state, state.workers[place]!);
    return [step(`lists events ${from + 1} to ${at}: ${eventName(found)}`, (_, worker) => keep(worker, found))];
  }
  if (next === "read") {
    return visibleVersions(state, at, rules).map((version) =>
      step(
        `${kind === "fill" ? "lists" : "reads"} ${objectName(at)}: ${versionName(state.bounds, at, version)}`,
        (_, worker) => keep(worker, version),
      )
    );
  }
  if (next === "complete") return [step("completes", complete)];
  const record = `records ${objectName(at)}: ${versionName(state.bounds, at, seen)}`;
  const mark = `marks the events of ${objectName(at)}`;
  if (kind === "fill") return [step(record, recordListed)];
  const markFirst = !guards.doneIsMarkedWithTheWork;
  if (next === "finish") return [step(markFirst ? record : mark, secondHalf)];
  return [step(markFirst ? mark : record, recordLookedAt)];

  function recordLookedAt(state: State, worker: Worker): void {
    if (markFirst) finishEvents(state, at, ticket, guards);
    else if (!guards.finishedInTheSameTransaction) writeRow(state, at, seen, ticket, guards);
    else {
      recordObject(state, at, seen, ticket, guards);
      return end(state, worker);
    }
    worker.next = "finish";
  }

  function secondHalf(state: State, worker: Worker): void {
    if (markFirst) writeRow(state, at, seen, ticket, guards);
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

  function enterEvent(state: State, worker: Worker): void {
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
  let told = 0;
  for (const event of state.events) {
    if (event.object === object && event.ledger !== "unknown") told = event.version;
  }
  const versions = [];
  const oldest = Math.max(0, told - assumptions.readsAreBehind);
  for (let version = versionOf(state, object); version >= oldest; version--) versions.push(version);
  return versions;
}

/** The list is newest first; -1 when there is none before the cursor in the window. */
function newestEvent({ events }: State, { at, from }: Worker): number {
  const newest = Math.min(at, events.length) - 1;
  return newest < from ? -1 : newest;
}
