/** Searches every order of transitions, and finds the shortest schedule that violates an invariant. */
import type { Bounds } from "./bounds.ts";
import { nextTransitions } from "./transitions.ts";
import { describeFinalState, type Invariant, INVARIANTS, violatedIn } from "./invariants.ts";
import type { Rules } from "./rules.ts";
import { copyOf, firstState, keyOf, type State } from "./state.ts";
import type { Transition } from "./workers.ts";

export interface Searched {
  states: number;
  transitions: number;
  /** Schedules from the first state to a state without a transition. */
  interleavings: number;
}

/** Transitions lead back to an earlier state, so the protocol may not terminate. */
export class Cycle extends Error {}

/** Marks a state whose successors are still being searched. */
const IN_PROGRESS = 0;

/** Depth-first search. @throws Cycle, or Error with the shortest schedule that violates an invariant */
export function searchAll(bounds: Bounds, rules: Rules): Searched {
  const schedules = new Map<string, number>();
  const violated = violations(rules);
  let transitions = 0;

  const schedulesFrom = (state: State): number => {
    const key = keyOf(state);
    const known = schedules.get(key);
    if (known === IN_PROGRESS) throw new Cycle();
    if (known !== undefined) return known;
    const invariant = violated(state);
    if (invariant) throw new Error(shortestTo(invariant, bounds, rules)?.join("\n"));
    schedules.set(key, IN_PROGRESS);
    let sum = 0;
    for (const transition of nextTransitions(state, rules)) {
      transitions++;
      sum += schedulesFrom(after(state, transition));
    }
    schedules.set(key, sum || 1);
    return sum || 1;
  };

  const interleavings = schedulesFrom(firstState(bounds));
  return { states: schedules.size, transitions, interleavings };
}

/** As `violatedIn`, once for all states that differ only in their workers, which crash before it looks. */
function violations(rules: Rules, invariants?: readonly Invariant[]): (state: State) => Invariant | undefined {
  const known = new Map<string, Invariant | undefined>();
  return (state) => {
    const crashed = { ...state, workers: [] };
    const key = keyOf(crashed);
    if (!known.has(key)) known.set(key, violatedIn(crashed, rules, invariants));
    return known.get(key);
  };
}

function after(state: State, transition: Transition): State {
  const next = copyOf(state);
  transition.apply(next);
  return next;
}

/** Breadth-first search for the nearest state that violates the invariant. @returns its trace, line by line */
export function shortestTo(invariant: Invariant, bounds: Bounds, rules: Rules): string[] | undefined {
  const first: Reached = { state: firstState(bounds) };
  const known = new Set([keyOf(first.state)]);
  const violated = violations(rules, [invariant]);
  for (let reached = [first], next: Reached[] = []; reached.length > 0; reached = next, next = []) {
    for (const before of reached) {
      if (violated(before.state)) return traceTo(before, invariant, rules);
      for (const transition of nextTransitions(before.state, rules)) {
        const state = after(before.state, transition);
        const { size } = known;
        if (known.add(keyOf(state)).size > size) next.push({ state, before, transition });
      }
    }
  }
  return undefined;
}

interface Reached {
  state: State;
  before?: Reached;
  transition?: Transition;
}

function traceTo(reached: Reached, invariant: Invariant, rules: Rules): string[] {
  const lines = [describeFinalState(reached.state, rules), `Violated: ${INVARIANTS[invariant]}`];
  for (let at: Reached | undefined = reached; at?.transition; at = at.before) lines.unshift(at.transition.describe());
  return lines;
}
