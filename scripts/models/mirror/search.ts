/** Every order of everything that may happen, and the shortest schedule that breaks a promise. */
import type { Bounds } from "./bounds.ts";
import { happenings } from "./happenings.ts";
import { brokenIn, lastWords, type Promised, PROMISES } from "./promises.ts";
import type { Rules } from "./rules.ts";
import { copyOf, firstState, keyOf, type State } from "./state.ts";
import type { Step } from "./workers.ts";

export interface Searched {
  states: number;
  steps: number;
  /** Ways from the beginning to where nothing more can happen. */
  interleavings: number;
}

/** What happens leads back to where it began. */
export class Endless extends Error {}

/** Of a state whose continuations are still being searched. */
const UNDER_WAY = 0;

/** Depth first through everything that may happen. @throws Endless, or Error with the shortest schedule to a broken promise */
export function searchAll(bounds: Bounds, rules: Rules): Searched {
  const ways = new Map<string, number>();
  let steps = 0;

  const waysFrom = (state: State): number => {
    const key = keyOf(state);
    const known = ways.get(key);
    if (known === UNDER_WAY) throw new Endless();
    if (known !== undefined) return known;
    const broken = brokenIn(state, rules);
    if (broken) throw new Error(shortestTo(broken, bounds, rules)?.join("\n"));
    ways.set(key, UNDER_WAY);
    let sum = 0;
    for (const step of happenings(state, rules)) {
      steps++;
      sum += waysFrom(after(state, step));
    }
    ways.set(key, sum || 1);
    return sum || 1;
  };

  const interleavings = waysFrom(firstState(bounds));
  return { states: ways.size, steps, interleavings };
}

function after(state: State, step: Step): State {
  const next = copyOf(state);
  step.take(next);
  return next;
}

/** Breadth first to the nearest state that breaks the promise. @returns what happens on the way, line by line */
export function shortestTo(promise: Promised, bounds: Bounds, rules: Rules): string[] | undefined {
  const first: Reached = { state: firstState(bounds) };
  const known = new Set([keyOf(first.state)]);
  for (let reached = [first], next: Reached[] = []; reached.length > 0; reached = next, next = []) {
    for (const before of reached) {
      if (brokenIn(before.state, rules, [promise])) return storyOf(before, promise, rules);
      for (const step of happenings(before.state, rules)) {
        const state = after(before.state, step);
        const { size } = known;
        if (known.add(keyOf(state)).size > size) next.push({ state, before, step });
      }
    }
  }
  return undefined;
}

interface Reached {
  state: State;
  before?: Reached;
  step?: Step;
}

function storyOf(reached: Reached, promise: Promised, rules: Rules): string[] {
  const lines = [lastWords(reached.state, rules), `Broken: ${PROMISES[promise]}`];
  for (let at: Reached | undefined = reached; at?.step; at = at.before) lines.unshift(at.step.words());
  return lines;
}
