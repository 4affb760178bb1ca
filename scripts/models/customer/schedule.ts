/** One schedule: faults, then quiescence, with the invariants checked throughout. Its seed determines it completely. */
import { Random } from "../lib/random.ts";
import { type Log, searchable } from "../lib/seeds.ts";
import { violationOf } from "../lib/violation.ts";
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { drawFaultProfile, withRebuilds } from "./fault_profile.ts";
import { runFaultSchedule } from "./fault_schedule.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import { type Invariant, INVARIANTS } from "./invariants.ts";
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
  return violationOf(() => {
    if (owners === "both" && sim.random.chance(0.3)) restoreDatabase(sim);
    runFaultSchedule(sim, profile);
    runToQuiescence(sim);
  });
}

const runs = searchable<Invariant, Rules>(runSchedule, INVARIANTS, {});
export const searchSchedules = runs.search;
export const traceSchedule = runs.trace;
