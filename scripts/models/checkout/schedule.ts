/** One schedule: faults, then quiescence, with the invariants checked throughout. Its seed determines it completely. */
import { Random } from "../lib/random.ts";
import { type Log, searchable } from "../lib/seeds.ts";
import { violationOf } from "../lib/violation.ts";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { drawFaultProfile, withOtherSellers } from "./fault_profile.ts";
import { runFaultSchedule } from "./fault_schedule.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import { type Invariant, INVARIANTS } from "./invariants.ts";
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

const runs = searchable<Invariant, Rules>(runSchedule, INVARIANTS, {});
export const searchSchedules = runs.search;
export const traceSchedule = runs.trace;
