/** One schedule: faults, then quiescence, with the invariants checked throughout. Its seed determines it completely. */
import { Random } from "../lib/random.ts";
import { type Found, type Log, type Run, searchSeeds, traceSeed } from "../lib/seeds.ts";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { drawFaultProfile, withOtherSellers } from "./fault_profile.ts";
import { runFaultSchedule } from "./fault_schedule.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import { type Invariant, INVARIANTS, Violation } from "./invariants.ts";
import { runToQuiescence } from "./quiescence.ts";
import { Simulation } from "./simulation.ts";
import type { StripeBehavior } from "./stripe.ts";

const HOUR = 3600;

export interface Rules {
  guards?: Guards;
  assumptions?: Assumptions;
}

/** Runs one schedule. @returns the invariant that it violates, if any */
export function runSchedule(
  seed: number,
  { guards = ALL_GUARDS, assumptions = ASSUMPTIONS }: Rules = {},
  log?: Log,
): Invariant | undefined {
  const drawn = drawFaultProfile(new Random(~seed));
  const profile = assumptions.onlyCheckoutsSell ? drawn : withOtherSellers(drawn);
  const random = new Random(seed);
  const behavior: StripeBehavior = {
    createsIncomplete: random.chance(0.5),
    expiryDuringPayment: random.pick(["cancels", "refuses", "leaves"]),
    sessionLife: random.pick([HOUR, 24 * HOUR]),
  };
  const offersTrial = random.chance(0.7);
  const sim = new Simulation({ random, behavior, offersTrial, guards, assumptions, faults: profile.faults, log });
  return violationOf(() => {
    runFaultSchedule(sim, profile);
    runToQuiescence(sim);
  });
}

/** The invariant whose violation ends the run, if any. */
export function violationOf(run: () => void): Invariant | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Violation) return error.invariant;
    throw error;
  }
}

const runWith = (rules: Rules): Run<Invariant> => (seed, log) => runSchedule(seed, rules, log);

/** The first of `count` schedules that violates an invariant, or this invariant. */
export function searchSchedules(
  first: number,
  count: number,
  rules: Rules = {},
  invariant?: Invariant,
): Found<Invariant> | undefined {
  return searchSeeds(runWith(rules), first, count, invariant);
}

/** The trace of one schedule, up to the violated invariant. */
export const traceSchedule = (seed: number, rules: Rules = {}): string => traceSeed(runWith(rules), seed, INVARIANTS);
