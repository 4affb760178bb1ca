/** How one schedule is disturbed: many faults of a few kinds find more than a few faults of every kind. */
import type { Random } from "../lib/random.ts";
import { type Faults, NO_FAULTS } from "./faults.ts";
import type { Price } from "./objects.ts";

/** The kinds of transitions. A schedule draws the next one by their weights. */
export const TRANSITIONS = [
  "step",
  "takeEffect",
  "call",
  "payment",
  "time",
  "crash",
  "cancel",
  "bank",
  "delivery",
  "lostDelivery",
  "deletion",
  "departure",
  "backup",
  "restore",
  "otherSeller",
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
  prices: readonly Price[];
  /** The probability that a bank decides about a payment later. */
  bankDebits: number;
  /** The probability that the next step is of the same process. */
  sameProcess: number;
}

export function drawFaultProfile(random: Random): FaultProfile {
  const any: FaultProfile = {
    faults: drawFaults(random),
    weights: {
      step: 60,
      takeEffect: 40,
      call: random.pick([3, 8]),
      payment: random.pick([2, 8]),
      time: random.pick([0, 2]),
      crash: random.pick([0, 1, 3]),
      cancel: random.pick([0, 1, 3]),
      bank: 2,
      delivery: random.pick([0, 2, 8]),
      lostDelivery: random.pick([0, 2]),
      deletion: random.pick([0, 0, 0.5]),
      departure: random.pick([0, 0, 0.3]),
      backup: 0,
      restore: 0,
      otherSeller: 0,
    },
    length: random.between(60, 359),
    calls: random.between(2, 9),
    prices: random.pick<readonly Price[]>([
      ["monthly"],
      ["monthly", "yearly"],
      ["monthly", "yearly", "addon"],
      ["monthly", "addon"],
    ]),
    bankDebits: random.pick([0, 0.5]),
    sameProcess: random.pick([0, 0.5, 0.9]),
  };
  return random.pick(PROFILES)(any, random);
}

/** The profile of a schedule in which others sell too. */
export const withOtherSellers = (profile: FaultProfile): FaultProfile => ({
  ...profile,
  weights: { ...profile.weights, otherSeller: 1.5, departure: 0, deletion: 0 },
});

function drawFaults(random: Random): Faults {
  const rate = () => random.pick([0, 0, 0.05, 0.25]);
  return {
    timeout: rate() / 2,
    answerLost: rate(),
    requestLost: rate(),
    rateLimited: rate(),
    failsBefore: rate(),
    failsAfter: rate(),
    databaseLost: rate() / 2,
    databaseAnswerLost: rate() / 2,
  };
}

type Change = (profile: FaultProfile, random: Random) => FaultProfile;

/** Many simultaneous calls only. */
const withoutFaults: Change = (profile) => ({
  ...profile,
  faults: NO_FAULTS,
  weights: { ...profile.weights, crash: 0, deletion: 0, departure: 0 },
});

/** An owner who buys, cancels and buys again. */
const returningOwner: Change = (profile) => ({
  ...profile,
  weights: { ...profile.weights, cancel: 6, payment: 10, deletion: 0.5 },
  prices: ["monthly", "addon"],
  length: 360,
});

/** The database is restored from a backup. */
const restores: Change = (profile, random) => ({
  ...profile,
  faults: { ...NO_FAULTS, failsBefore: random.pick([0, 0.2]), requestLost: random.pick([0, 0.2]) },
  weights: {
    ...profile.weights,
    takeEffect: 60,
    call: 4,
    payment: 6,
    time: 0,
    crash: 0,
    cancel: 0,
    bank: 0,
    delivery: 0,
    lostDelivery: 0,
    deletion: 0,
    departure: 0,
    backup: 2,
    restore: 4,
  },
  calls: 10,
  length: 300,
  prices: ["monthly", "yearly"],
});

const unchanged: Change = (profile) => profile;

const PROFILES = [unchanged, unchanged, withoutFaults, returningOwner, restores];
