/** Random walks through bounds that are too large to search. A seed determines a walk completely. */
import { Random } from "../lib/random.ts";
import { type Log, searchable } from "../lib/seeds.ts";
import { RANDOM_BOUNDS } from "./bounds.ts";
import { describeFinalState, type Invariant, INVARIANTS, violatedIn } from "./invariants.ts";
import { RULES, type Rules } from "./rules.ts";
import { firstState, type State } from "./state.ts";
import { nextTransitions } from "./transitions.ts";
import type { Transition } from "./workers.ts";

const runs = searchable<Invariant, Rules>(walk, INVARIANTS, RULES);
export const searchWalks = runs.search;
export const traceWalk = runs.trace;

function walk(seed: number, rules: Rules, log?: Log): Invariant | undefined {
  const random = new Random(seed);
  // Drawn per walk: otherwise most changes at Stripe would precede the first fetch.
  const workersFirst = random.next();
  const state = firstState(RANDOM_BOUNDS);
  for (
    let transitions = nextTransitions(state, rules);
    transitions.length > 0;
    transitions = nextTransitions(state, rules)
  ) {
    const transition = pick(transitions, state, random, workersFirst);
    log?.(transition.describe());
    transition.apply(state);
    const violated = violatedIn(state, rules);
    if (violated) {
      log?.(describeFinalState(state, rules));
      return violated;
    }
  }
  return undefined;
}

/** Changes and starts are first in the list, and steps of running workers are last. */
function pick(transitions: Transition[], { workers }: State, random: Random, workersFirst: number): Transition {
  const { length } = transitions;
  const fromLastHalf = workers.length > 0 && random.chance(workersFirst);
  return transitions[fromLastHalf ? length - 1 - random.below(Math.ceil(length / 2)) : random.below(length)]!;
}
