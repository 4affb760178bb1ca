/** The invariants, checked in every state: all workers crash there, and one final reconcile follows. */
import { isLiving } from "./bounds.ts";
import { claimDueObject, claimReconcile, isDue } from "./database.ts";
import { eventName, objectName, versionName } from "./names.ts";
import type { Rules } from "./rules.ts";
import { copyOf, type State, versionOf } from "./state.ts";
import { transitionsOf } from "./workers.ts";

export const INVARIANTS = {
  finishedEventIsMirrored: "The mirror has the change of every finished event, or a later one",
  noEventStaysPending: "After a reconcile every event is finished",
  mirrorEqualsStripe: "After a reconcile every object is mirrored as it is at Stripe",
} as const;

export type Invariant = keyof typeof INVARIANTS;

const ALL = Object.keys(INVARIANTS) as Invariant[];

/** Whether the invariant holds in the state, of which `final` is the state after the final reconcile. */
const HOLDS: Record<Invariant, (state: State, final: State) => boolean> = {
  finishedEventIsMirrored: (state) =>
    state.events.every(({ object, version, ledger }) => ledger !== "done" || isMirrored(state, object, version)),
  noEventStaysPending: (_, final) => final.events.every(({ ledger }) => ledger === "done"),
  mirrorEqualsStripe: (_, final) => final.mirror.every((row, object) => isCurrent(final, object, row?.version ?? 0)),
};

/** The first of these invariants that is violated in the state. */
export function violatedIn(
  state: State,
  rules: Rules,
  invariants: readonly Invariant[] = ALL,
): Invariant | undefined {
  const final = afterFinalReconcile(state, rules);
  return invariants.find((invariant) => !HOLDS[invariant](state, final));
}

function isMirrored(state: State, object: number, version: number): boolean {
  const mirrored = state.mirror[object]?.version ?? 0;
  return mirrored >= version || (mirrored === 0 && !existsAtStripe(state, object));
}

function isCurrent(state: State, object: number, mirrored: number): boolean {
  return existsAtStripe(state, object) ? mirrored === versionOf(state, object) : mirrored === 0;
}

const existsAtStripe = (state: State, object: number): boolean =>
  isLiving(state.bounds, object, versionOf(state, object));

/** The mirror after the final reconcile, beside Stripe, in words. */
export function describeFinalState(state: State, rules: Rules): string {
  const final = afterFinalReconcile(state, rules);
  const { bounds, mirror, events } = final;
  const objects = mirror.map((row, object) => {
    const [mirrored, current] = [row?.version ?? 0, versionOf(final, object)];
    const atStripe = versionName(bounds, object, current);
    return `${objectName(object)} ${versionName(bounds, object, mirrored)} (Stripe: ${atStripe})`;
  });
  const open = events.flatMap(({ ledger }, index) => ledger === "done" ? [] : [eventName(index)]);
  return `All workers crash; after a reconcile the mirror has ${objects.join(", ")}; not finished: ${
    open.join(", ") || "none"
  }`;
}

/** All workers crash, no more faults occur, every window is read to its end, and every due event is processed. */
function afterFinalReconcile(state: State, rules: Rules): State {
  const final = copyOf(state);
  final.workers.length = 0;
  // The window that was left open, then one for what happened since.
  for (let window = 0; window < 2; window++) {
    claimReconcile(final, rules.guards);
    finish(final, rules);
  }
  for (const [object] of final.mirror.entries()) {
    for (let fetches = 0; fetches < final.events.length && anyDue(final, object, rules); fetches++) {
      claimDueObject(final, object, "The due-event worker", rules.guards);
      finish(final, rules);
    }
  }
  return final;
}

const anyDue = (state: State, object: number, { guards }: Rules): boolean =>
  state.events.some((event) => event.object === object && isDue(state, event, guards));

function finish(state: State, rules: Rules): void {
  while (state.workers.length > 0) transitionsOf(state, 0, rules)[0]!.apply(state);
}
