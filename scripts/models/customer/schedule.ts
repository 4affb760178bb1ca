/** One schedule: chaos, then quiet, then what must be true. Its seed names it completely. */
import { ASSUMPTIONS, type Assumptions } from "./assumptions.ts";
import { chaos } from "./chaos.ts";
import { ALL_GUARDS, type Guards } from "./guards.ts";
import { Broken, type Promised } from "./promises.ts";
import { quiet } from "./quiet.ts";
import { Random } from "./random.ts";
import { drawTemper } from "./temper.ts";
import { World } from "./world.ts";

export interface Rules {
  guards?: Guards;
  assumptions?: Assumptions;
}

/** Runs one schedule. @returns the promise that it broke, if it did */
export function runSchedule(
  seed: number,
  { guards = ALL_GUARDS, assumptions = ASSUMPTIONS }: Rules = {},
  say?: (line: string) => void,
): Promised | undefined {
  const temper = drawTemper(new Random(~seed));
  const world = new World({ seed, guards, assumptions, faults: temper.faults, say });
  try {
    chaos(world, temper);
    quiet(world);
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.promise;
    throw error;
  }
}
