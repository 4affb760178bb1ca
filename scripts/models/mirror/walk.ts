/** Walks through what is too large to be searched: at every fork a step at random, its seed names the walk completely. */
import { Random } from "../customer/random.ts";
import { happenings } from "./happenings.ts";
import { brokenIn, lastWords, type Promised, PROMISES } from "./promises.ts";
import { FIELD } from "./rooms.ts";
import { RULES, type Rules } from "./rules.ts";
import { firstState, type State } from "./state.ts";
import type { Step } from "./workers.ts";

export interface Walked {
  seed: number;
  broken: Promised;
}

/** The first of so many walks that breaks a promise. */
export function searchWalks(first: number, count: number, rules: Rules = RULES): Walked | undefined {
  for (let seed = first; seed < first + count; seed++) {
    const broken = walk(seed, rules);
    if (broken) return { seed, broken };
  }
  return undefined;
}

/** What happened on a walk, line by line, up to the broken promise. */
export function writeWalkDown(seed: number, rules: Rules = RULES): string {
  const lines = [`Seed ${seed}`];
  const broken = walk(seed, rules, (line) => lines.push(line));
  return [...lines, broken ? `Broken: ${PROMISES[broken]}` : "Every promise is kept"].join("\n");
}

function walk(seed: number, rules: Rules, say?: (line: string) => void): Promised | undefined {
  const random = new Random(seed);
  // How eager the world is to change: else it would all happen at Stripe before anybody looks.
  const patience = random.next();
  const state = firstState(FIELD);
  for (let steps = happenings(state, rules); steps.length > 0; steps = happenings(state, rules)) {
    const step = pickStep(steps, state, random, patience);
    say?.(step.words());
    step.take(state);
    const broken = brokenIn(state, rules);
    if (broken) {
      say?.(lastWords(state, rules));
      return broken;
    }
  }
  return undefined;
}

/** What is new comes first among the steps, who is on his way last; the patient let them arrive. */
function pickStep(steps: Step[], { workers }: State, random: Random, patience: number): Step {
  const onTheWay = workers.length > 0 && random.chance(patience);
  return steps[onTheWay ? steps.length - 1 - random.below(Math.ceil(steps.length / 2)) : random.below(steps.length)]!;
}
