/** Random walks through bounds that are too large to search. A seed determines a walk completely. */
import { Random } from "../lib/random.ts";
import { type Found, type Log, type Run, searchSeeds, traceSeed } from "../lib/seeds.ts";
import { RANDOM_BOUNDS } from "./bounds.ts";
import { describeFinalState, type Invariant, INVARIANTS, violatedIn } from "./invariants.ts";
import { RULES, type Rules } from "./rules.ts";
import { firstState, type State } from "./state.ts";
import { nextTransitions } from "./transitions.ts";
import type { Transition } from "./workers.ts";

/** The first of `count` walks that violates an invariant. */
export function searchWalks(first: number, count: number, rules: Rules = RULES): Found<Invariant> | undefined {
  return searchSeeds(walkWith(rules), first, count);
}

/** The trace of one walk, up to the violated invariant. */
export const traceWalk = (seed: number, rules: Rules = RULES): string => traceSeed(walkWith(rules), seed, INVARIANTS);

const walkWith = (rules: Rules): Run<Invariant> => (seed, log) => walk(seed, rules, log);

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
