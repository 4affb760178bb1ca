/** How one schedule is disturbed: many faults of a few kinds find more than a few faults of every kind. */
import type { Random } from "../lib/random.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";

/** The kinds of transitions. A schedule draws the next one by their weights. */
export const TRANSITIONS = [
  "step",
  "call",
  "time",
  "leaseEnd",
  "pause",
  "crash",
  "deletion",
  "delivery",
  "email",
  "crowd",
  "rebuild",
] as const;
export type Transition = typeof TRANSITIONS[number];

export interface FaultProfile {
  faults: Faults;
  /** How often each transition is drawn, relative to the others. */
  weights: Record<Transition, number>;
  /** The number of transitions before quiescence. */
  length: number;
  /** The most calls that begin. */
  calls: number;
  /** The probability that the next step is of the same process. */
  sameProcess: number;
  /** The probability that a caller has a key of the other account. */
  otherAccount: number;
  /** The probability that such a call began before the database was switched to our account. */
  beforeSwitch: number;
  /** The seconds that may pass at once. */
  pauses: readonly Pause[];
}

type Pause = readonly [first: number, last: number];

/** Up to a lease; the minute after a failure; up to an hour; more than a day. */
const PAUSES: readonly Pause[][] = [
  [[1, 10], [11, 25], [26, 40]],
  [[26, 40], [55, 75], [120, 400]],
  [[55, 75], [1_800, 3_599], [3_600, 3_900]],
  [[1_800, 3_900], [86_300, 90_000]],
];

export function drawFaultProfile(random: Random): FaultProfile {
  const any: FaultProfile = {
    faults: drawFaults(random),
    weights: {
      step: 40,
      call: random.pick([2, 8]),
      time: random.pick([0, 2, 6]),
      leaseEnd: random.pick([0, 2]),
      pause: random.pick([0, 2, 6]),
      crash: random.pick([0, 1, 3]),
      deletion: random.pick([0, 0, 1, 4]),
      delivery: random.pick([0, 2, 8]),
      email: random.pick([0, 0, 0, 1]),
      crowd: 0,
      rebuild: 0,
    },
    length: random.between(20, 140),
    calls: random.between(1, 6),
    sameProcess: random.pick([0, 0.5, 0.9]),
    otherAccount: random.pick([0, 0, 0, 0.3]),
    beforeSwitch: 0,
    pauses: random.pick(PAUSES).concat(random.pick(PAUSES)),
  };
  return random.pick(PROFILES)(any);
}

/** The profile of a schedule in which mappings are also rebuilt from metadata while calls run. */
export const withRebuilds = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  weights: { ...profile.weights, rebuild: 2 },
});

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

/** Requests that outlive their callers' timeouts, within the seconds of a lease. */
const slowStripe = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  faults: { ...NO_FAULTS, connectionDrops: 0.4, stripeIsSlow: 0.9 },
  weights: {
    ...profile.weights,
    call: 4,
    time: 3,
    leaseEnd: 3,
    pause: 0,
    crash: 0,
    deletion: 0,
    delivery: 0,
    email: 0,
  },
  sameProcess: 0.9,
  pauses: PAUSES[0]!,
});

/** Customers that are deleted before, during and after their completion. */
const manyDeletions = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  faults: { ...NO_FAULTS, connectionDrops: 0.2, databaseIsSlow: 0.2, databaseAnswerLost: 0.05 },
  weights: {
    ...profile.weights,
    call: 8,
    time: 0,
    leaseEnd: 4,
    pause: 4,
    crash: 1,
    deletion: 2,
    delivery: 3,
    email: 0,
  },
  sameProcess: 0.5,
});

/** Failures that several callers follow up, one after the other's lease. */
const manyLookups = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  faults: { ...NO_FAULTS, databaseIsSlow: 0.2, requestLost: 0.3, failsBefore: 0.3 },
  weights: { ...profile.weights, call: 8, time: 0, leaseEnd: 6, pause: 6, crash: 0, crowd: 0 },
  sameProcess: 0.5,
});

/** Lookups among customers that others create meanwhile. */
const manyCustomers = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  faults: { ...NO_FAULTS, failsBefore: 0.3, failsAfter: 0.3 },
  weights: { ...profile.weights, call: 4, time: 0, leaseEnd: 6, pause: 2, crowd: 2 },
});

/** Callers with a key of the other account, over days. */
const mixedAccounts = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  faults: NO_FAULTS,
  weights: { ...profile.weights, call: 8, time: 4, pause: 0, crash: 1 },
  otherAccount: 0.5,
  beforeSwitch: 0.3,
  pauses: PAUSES[3]!,
});

const withoutFaults = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  faults: NO_FAULTS,
  weights: { ...profile.weights, time: 0, leaseEnd: 0, crash: 0 },
});

const unchanged = (profile: FaultProfile): FaultProfile => profile;

const PROFILES = [
  unchanged,
  unchanged,
  unchanged,
  slowStripe,
  manyDeletions,
  manyLookups,
  manyCustomers,
  mixedAccounts,
  withoutFaults,
];
