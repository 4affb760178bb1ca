/** What is promised, checked in every state: whoever is on his way may die here, and the reconcile that follows is the last. */
import { isAlive } from "./bounds.ts";
import { claimDueObject, claimReconcile, isDue } from "./database.ts";
import type { Rules } from "./rules.ts";
import { copyOf, type State, versionOf } from "./state.ts";
import { eventName, objectName, versionName } from "./words.ts";
import { stepsOf } from "./workers.ts";

export const PROMISES = {
  doneIsMirrored: "What a finished event told of is in the mirror, or something newer",
  nothingPends: "After a reconcile every event is done",
  mirrorIsStripes: "After a reconcile the mirror is as Stripe is, object by object",
} as const;

export type Promised = keyof typeof PROMISES;

const ALL = Object.keys(PROMISES) as Promised[];

/** Whether the promise is kept if this state is the last before the reconcile. */
const KEPT: Record<Promised, (state: State, last: State) => boolean> = {
  doneIsMirrored: (state) =>
    state.events.every(({ object, version, ledger }) => ledger !== "done" || isMirrored(state, object, version)),
  nothingPends: (_, last) => last.events.every(({ ledger }) => ledger === "done"),
  mirrorIsStripes: (_, last) => last.mirror.every((row, object) => isStripes(last, object, row?.version ?? 0)),
};

/** The first of these promises that is broken here. */
export function brokenIn(state: State, rules: Rules, promises: readonly Promised[] = ALL): Promised | undefined {
  const last = lastReconcile(state, rules);
  return promises.find((promise) => !KEPT[promise](state, last));
}

function isMirrored(state: State, object: number, version: number): boolean {
  const seen = state.mirror[object]?.version ?? 0;
  return seen >= version || (seen === 0 && !lives(state, object));
}

/** What the last reconcile leaves, beside what it should. */
export function lastWords(state: State, rules: Rules): string {
  const last = lastReconcile(state, rules);
  const { bounds, mirror, events } = last;
  const objects = mirror.map((row, object) => {
    const [here, there] = [row?.version ?? 0, versionOf(last, object)];
    return `${objectName(object)} ${versionName(bounds, object, here)} (Stripe: ${versionName(bounds, object, there)})`;
  });
  const open = events.flatMap(({ ledger }, place) => ledger === "done" ? [] : [eventName(place)]);
  return `All die; after a reconcile the mirror holds ${objects.join(", ")}; not done: ${open.join(", ") || "none"}`;
}

function isStripes(state: State, object: number, seen: number): boolean {
  return lives(state, object) ? seen === versionOf(state, object) : seen === 0;
}

const lives = (state: State, object: number): boolean => isAlive(state.bounds, object, versionOf(state, object));

/** Everybody dies, nothing goes wrong any more, every window is read to its end, and the drain goes on until nothing is due. */
function lastReconcile(state: State, rules: Rules): State {
  const last = copyOf(state);
  last.workers.length = 0;
  // The window that was left half-way; then one for what happened since.
  for (let window = 0; window < 2; window++) {
    claimReconcile(last, rules.guards);
    finish(last, rules);
  }
  for (const [object] of last.mirror.entries()) {
    for (let looks = 0; looks < last.events.length && anyDue(last, object, rules); looks++) {
      claimDueObject(last, object, "The drain", rules.guards);
      finish(last, rules);
    }
  }
  return last;
}

const anyDue = (state: State, object: number, { guards }: Rules): boolean =>
  state.events.some((event) => event.object === object && isDue(state, event, guards));

function finish(state: State, rules: Rules): void {
  while (state.workers.length > 0) stepsOf(state, 0, rules)[0]!.take(state);
}
