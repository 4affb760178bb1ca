/**
 * Every rule that keeps a user at one customer. Each is a switch of the model; where it is off, the promise named beside
 * it is broken in the way that is told, and a test shows a schedule for it.
 */
import type { Promised } from "./promises.ts";

type Loss = readonly [breaks: Promised, tale: string];

export const GUARDS = {
  // Whose turn it is: claim_customer
  oneCallerPerLease: ["nobodyFailsForNothing", "Two send at once, and Stripe answers one of them 409"],
  waitAfterFailure: ["oneLives", "The look comes before a request that is still under way has its effect"],
  oldClaimsAreLookedBehind: ["oneLives", "Stripe has forgotten the key, and the same creation gives a second customer"],
  oldClaimFailsAtItsLastLease: ["oneLives", "The window ends before what a later caller of the generation created"],
  claimedAtStays: ["oneLives", "The window begins after what the first caller of the generation created"],
  windowBeginsEarlier: ["oneLives", "Stripe's clock is behind, and the customer seems older than its claim"],
  windowEndsLater: ["oneLives", "Stripe's clock is ahead, and the customer seems younger than the failure"],
  knownIsLookedAtDaily: ["oneRemains", "A deletion that no webhook told is never noticed"],

  // What is sent: ensureCustomer
  accountIsConfirmed: ["rowIsTheUsers", "A key of another account creates the customer there"],
  nothingIsSentAfterTheLease: ["oneLives", "Who slept sends under the key of a generation that has ended"],
  leaseCountsFromBeforeTheClaim: [
    "oneLives",
    "The claim's answer came late, and its caller believes in a lease that is over",
  ],
  keyCarriesTheGeneration: [
    "wellIsSoon",
    "The new generation gets what the old one left: a stored 500, a deleted customer",
  ],
  keyCarriesTheDeployment: ["nobodyFailsForNothing", "Another database used the key with other parameters"],
  failureStartsNoGeneration: ["oneLives", "What a 500 or a dropped answer hid gets a sister"],
  failureIsNoted: ["wellIsSoon", "Everybody gets the stored 500 again, until the claim is old"],
  failureIsDatedAfterTheLease: ["oneLives", "A late note dates the failure before what the next caller sent"],
  failureIsOfItsGeneration: [
    "nobodyFailsForNothing",
    "A late failure falls on a new generation, whose first call is sent away",
  ],
  rateLimitStartsNoGeneration: ["oneLives", "The last request was refused for its rate, an earlier one had its effect"],

  // What is looked for: findCustomer, describeCustomer
  lookBeforeRenewing: ["oneLives", "What a failure hid gets a sister, a minute later"],
  listIsNotSearched: ["oneLives", "The search lags behind and misses the customer"],
  adoptedIsOfTheUser: ["rowIsTheUsers", "Another user's customer is adopted"],
  adoptedIsOfTheDeployment: ["rowIsTheUsers", "Another database's customer is adopted"],
  replayedIsDescribed: ["deletedIsGone", "Stripe replays a customer that is long deleted"],

  // How it is settled: renew_customer, complete_customer
  renewIsCompareAndSet: ["oneLives", "Two who found nothing begin a generation each"],
  renewForgetsTheFailure: ["oneLives", "The new generation is looked for in the window of the old one"],
  completeChecksTheGeneration: [
    "oneLives",
    "A slow caller maps the dead customer of the generation before; the living one is left over",
  ],
  completeKeepsTheFirst: ["createdOnce", "Two calls answer 201"],
  completeRefusesTombstones: ["deletedIsGone", "The deletion was recorded before the completion, and retired nobody"],
  completeLocksTheCustomer: ["deletedIsGone", "The deletion is recorded between the check and the mapping"],
  answerIsWhatTheRowHolds: ["answerIsTheRows", "A slow caller answers its own customer"],

  // What is seen: record_objects, observe, retire_customer
  newestTicketWins: ["deletedIsGone", "A look from before the deletion overwrites the tombstone"],
  ticketIsDrawnBeforeTheLook: [
    "deletedIsGone",
    "A look from before the deletion is recorded as newer than the tombstone",
  ],
  tombstoneRetires: ["deletedIsGone", "The user stays with a customer that is deleted"],
  retireBeginsAGeneration: ["nobodyFailsForNothing", "The key of the generation before gives its stored 500 once more"],
  missingIsBelievedOfOurAccountOnly: [
    "oneLives",
    "A key of another account finds nobody and retires a living customer",
  ],
} as const satisfies Record<string, Loss>;

/** Steps that no promise hangs on while the assumptions hold, and what they are there for. A test shows that, too. */
export const SPARE = {
  adoptedIsDescribed: "The list shows the living alone; what is adopted only gets its email",
  renewalIsInTime: "Who is late may still renew: it spares a customer that took effect later than assumed",
  laterFailureCounts: "Two failures are noted in the wrong order by as little as a row is waited for",
  retireForgetsTheClaim: "Without it the next call looks for what cannot be there, then creates",
} as const;

export type Guard = keyof typeof GUARDS;
export type Switch = Guard | keyof typeof SPARE;
export type Guards = Readonly<Record<Switch, boolean>>;

const SWITCHES = Object.keys({ ...GUARDS, ...SPARE }) as Switch[];

export const ALL_GUARDS = Object.fromEntries(SWITCHES.map((guard) => [guard, true])) as Guards;

export const without = (guard: Switch): Guards => ({ ...ALL_GUARDS, [guard]: false });
