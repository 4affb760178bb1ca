/** What a schedule is like: wild in a few ways and calm in the others, which finds more than a little of everything. */
import { type Faults, NO_FAULTS } from "./faults.ts";
import type { Random } from "./random.ts";

/** What may happen next. */
export const HAPPENINGS = ["step", "call", "time", "turn", "sleep", "crash", "deletion", "event", "email"] as const;
export type Happening = typeof HAPPENINGS[number];

export interface Temper {
  faults: Faults;
  /** How often each happens, against one another. */
  weights: Record<Happening, number>;
  /** How much happens before it is quiet. */
  length: number;
  /** How many calls begin, at most. */
  calls: number;
  /** How likely the same process goes on instead of another. */
  hasTimeLeft: number;
  /** How likely a caller has a key of the other account. */
  otherAccount: number;
  /** Which lengths of time pass, from the first to the last second. */
  pauses: readonly Pause[];
}

type Pause = readonly [first: number, last: number];

/** Moments up to a lease; the minute after a failure; up to an hour; beyond a day. */
const PAUSES: readonly Pause[][] = [
  [[1, 10], [11, 25], [26, 40]],
  [[26, 40], [55, 75], [120, 400]],
  [[55, 75], [1_800, 3_599], [3_600, 3_900]],
  [[1_800, 3_900], [86_300, 90_000]],
];

export function drawTemper(random: Random): Temper {
  const any: Temper = {
    faults: drawFaults(random),
    weights: {
      step: 40,
      call: random.pick([2, 8]),
      time: random.pick([0, 2, 6]),
      turn: random.pick([0, 2]),
      sleep: random.pick([0, 2, 6]),
      crash: random.pick([0, 1, 3]),
      deletion: random.pick([0, 0, 1, 4]),
      event: random.pick([0, 2, 8]),
      email: random.pick([0, 0, 0, 1]),
    },
    length: random.between(20, 140),
    calls: random.between(1, 6),
    hasTimeLeft: random.pick([0, 0.5, 0.9]),
    otherAccount: random.pick([0, 0, 0, 0.3]),
    pauses: random.pick(PAUSES).concat(random.pick(PAUSES)),
  };
  return random.pick(KINDS)(any);
}

function drawFaults(random: Random): Faults {
  const rate = () => random.pick([0, 0, 0.05, 0.3]);
  return {
    databaseIsSlow: rate(),
    databaseAnswerLost: rate() / 2,
    connectionDrops: rate(),
    stripeIsSlow: rate() * 3,
    requestLost: rate(),
    rateLimited: rate(),
    failsBefore: rate(),
    failsAfter: rate(),
    readFails: rate() / 2,
    clerkDown: rate(),
  };
}

/** Requests that outlive their callers' patience, within the seconds that a lease takes. */
const slowStripe = (temper: Temper): Temper => ({
  ...temper,
  faults: { ...NO_FAULTS, connectionDrops: 0.4, stripeIsSlow: 0.9 },
  weights: { ...temper.weights, call: 4, time: 3, turn: 3, sleep: 0, crash: 0, deletion: 0, event: 0, email: 0 },
  hasTimeLeft: 0.9,
  pauses: PAUSES[0]!,
});

/** Customers that are deleted before, while and after they are completed. */
const manyDeletions = (temper: Temper): Temper => ({
  ...temper,
  faults: { ...NO_FAULTS, connectionDrops: 0.2, databaseIsSlow: 0.2, databaseAnswerLost: 0.05 },
  weights: { ...temper.weights, call: 8, time: 0, turn: 4, sleep: 4, crash: 1, deletion: 2, event: 3, email: 0 },
  hasTimeLeft: 0.5,
});

/** Failures that are looked behind by several, one after the other's lease. */
const manyLooks = (temper: Temper): Temper => ({
  ...temper,
  faults: { ...NO_FAULTS, databaseIsSlow: 0.2, requestLost: 0.3, failsBefore: 0.3 },
  weights: { ...temper.weights, call: 8, time: 0, turn: 6, sleep: 6, crash: 0 },
  hasTimeLeft: 0.5,
});

/** Callers with a key of the other account, over days. */
const mixedAccounts = (temper: Temper): Temper => ({
  ...temper,
  faults: NO_FAULTS,
  weights: { ...temper.weights, call: 8, time: 4, sleep: 0, crash: 1 },
  otherAccount: 0.5,
  pauses: PAUSES[3]!,
});

const allWell = (temper: Temper): Temper => ({
  ...temper,
  faults: NO_FAULTS,
  weights: { ...temper.weights, time: 0, turn: 0, crash: 0 },
});

const KINDS = [
  (any: Temper) => any,
  (any: Temper) => any,
  (any: Temper) => any,
  slowStripe,
  manyDeletions,
  manyLooks,
  mixedAccounts,
  allWell,
];
