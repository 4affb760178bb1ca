/** How a schedule is minded: most are quiet in most ways and wild in a few, which finds more than being a little of everything. */
import type { Random } from "./random.ts";
import type { Faults } from "./world.ts";

export type Happening = "step" | "call" | "time" | "crash" | "deletion" | "event" | "email";

export interface Temper {
  faults: Faults;
  /** How much happens before it is quiet. */
  length: number;
  /** How many calls begin, at most. */
  calls: number;
  /** How likely the same process goes on instead of another. */
  goesOn: number;
  /** How likely a caller has a key of the other account. */
  otherAccount: number;
  /** Which lengths of time pass, as first and last second. */
  pauses: [number, number][];
  /** Draws what happens next. */
  draw(random: Random): Happening;
}

const NO_FAULTS: Faults = {
  databaseAnswerLost: 0,
  connectionDrops: 0,
  requestLost: 0,
  rateLimited: 0,
  failsBefore: 0,
  failsAfter: 0,
  readFails: 0,
  clerkDown: 0,
};

/** A moment, just beyond a lease, beyond the minute after a failure, minutes, just under and beyond an hour, a day. */
const PAUSES: [number, number][] = [
  [1, 10],
  [26, 40],
  [55, 75],
  [120, 400],
  [1_800, 3_599],
  [3_600, 3_900],
  [86_300, 90_000],
];

export function drawTemper(random: Random): Temper {
  const pauses = PAUSES.filter(() => random.chance(0.5));
  return {
    faults: random.chance(0.1) ? NO_FAULTS : drawFaults(random),
    length: random.between(20, 120),
    calls: random.between(1, 6),
    goesOn: random.pick([0, 0.5, 0.9]),
    otherAccount: random.pick([0, 0, 0, 0.3]),
    pauses: pauses.length > 0 ? pauses : PAUSES,
    draw: drawHappenings(random),
  };
}

function drawFaults(random: Random): Faults {
  const rate = () => random.pick([0, 0, 0.05, 0.3]);
  return {
    databaseAnswerLost: rate() / 2,
    connectionDrops: rate(),
    requestLost: rate(),
    rateLimited: rate(),
    failsBefore: rate(),
    failsAfter: rate(),
    readFails: rate() / 2,
    clerkDown: rate(),
  };
}

function drawHappenings(random: Random): Temper["draw"] {
  const weights: [Happening, number][] = [
    ["step", 40],
    ["call", random.pick([2, 8])],
    ["time", random.pick([0, 2, 6])],
    ["crash", random.pick([0, 1, 3])],
    ["deletion", random.pick([0, 0, 1, 4])],
    ["event", random.pick([0, 2, 8])],
    ["email", random.pick([0, 0, 0, 1])],
  ];
  const sum = weights.reduce((sum, [, weight]) => sum + weight, 0);
  return (random) => {
    let drawn = random.next() * sum;
    for (const [happening, weight] of weights) if ((drawn -= weight) < 0) return happening;
    return "step";
  };
}
