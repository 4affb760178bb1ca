/** One schedule: faults, then quiescence, with the invariants checked throughout. Its seed determines it completely. */
import { Random } from "../lib/random.ts";
import { type Found, type Log, type Run, searchSeeds, traceSeed } from "../lib/seeds.ts";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { drawFaultProfile, withRebuilds } from "./fault_profile.ts";
import { runFaultSchedule } from "./fault_schedule.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import { type Invariant, INVARIANTS, Violation } from "./invariants.ts";
import { OWNERS, type Owners } from "./owners.ts";
import { runToQuiescence } from "./quiescence.ts";
import { restoreDatabase } from "./rebuild_mappings.ts";
import { Simulation } from "./simulation.ts";

export interface Rules {
  owners?: Owners;
  guards?: Guards;
  assumptions?: Assumptions;
}

/** Runs one schedule. @returns the invariant that it violates, if any */
export function runSchedule(
  seed: number,
  { owners = "user", guards = ALL_GUARDS, assumptions = ASSUMPTIONS }: Rules = {},
  log?: Log,
): Invariant | undefined {
  const drawn = drawFaultProfile(new Random(~seed));
  const profile = owners === "both" ? withRebuilds(drawn) : drawn;
  const sim = new Simulation({ seed, owners: OWNERS[owners], guards, assumptions, faults: profile.faults, log });
  try {
    if (owners === "both" && sim.random.chance(0.3)) restoreDatabase(sim);
    runFaultSchedule(sim, profile);
    runToQuiescence(sim);
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
