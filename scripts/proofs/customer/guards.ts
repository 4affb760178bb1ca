/**
 * Every rule that keeps a user at one customer, each with what happens where it is missing. Each is a switch of the
 * model, and a test shows that the search finds a broken promise when it is off.
 */
export const GUARDS = {
  // Whose turn it is: claim_customer
  oneCallerPerLease: "Two send at once; Stripe answers one of them 409, and a call fails though nothing went wrong",
  waitAfterFailure: "The look comes before a request that is still under way has its effect",
  oldClaimsAreLookedBehind: "Stripe has forgotten the key, and the same creation gives a second customer",
  oldClaimFailsAtItsLastLease: "The window ends too early for what a later caller of the generation created",
  claimedAtStays: "The window begins too late for what the first caller of the generation created",
  windowBeginsEarlier: "Stripe's clock is behind, so the customer seems older than its claim",
  windowEndsLater: "Stripe's clock is ahead, so the customer seems younger than the failure",
  knownIsLookedAtDaily: "A deletion that no webhook told is never noticed",

  // What is sent: ensure_customer, create
  nothingIsSentAfterTheLease: "A caller who slept sends under a key of a generation that has ended",
  leaseCountsFromBeforeTheClaim: "The claim's answer came late, so the caller believes in a lease that is over",
  accountIsConfirmed: "A key of another account creates the customer there",
  keyCarriesTheGeneration: "The next generation gets what the last one left: a stored 500, or a customer that is deleted",
  keyCarriesTheDeployment: "Another database has used the key with other parameters, and a first call fails for nothing",
  failureStartsNoGeneration: "The customer that a 500 or a dropped answer hid gets a sister",
  failureIsNoted: "Everybody gets the stored 500 again, until the claim is old",
  failureIsOfItsGeneration: "A late failure falls on a generation that nobody has claimed: there is no window to look in",
  rateLimitStartsNoGeneration: "The last of three requests was refused for its rate, an earlier one had its effect",

  // What is looked for: findCustomer
  lookBeforeRenewing: "The customer that a failure hid gets a sister",
  listIsNotSearched: "The search lags behind and misses the customer",
  adoptedIsOfTheUser: "Another user's customer is adopted",
  adoptedIsOfTheDeployment: "Another database's customer is adopted",
  replayedIsDescribed: "Stripe replays a customer that is long deleted",

  // How it is settled: renew_customer, complete_customer
  renewIsCompareAndSet: "Two who found nothing each begin a generation",
  renewForgetsTheFailure: "The new generation is looked for in the window of the old one",
  completeChecksTheGeneration: "A slow caller maps a dead customer of the generation before, and the living one is left over",
  completeKeepsTheFirst: "Two calls answer 201 for one customer",
  completeRefusesTombstones: "A customer is mapped after its deletion was recorded",
  completeLocksTheCustomer: "The deletion is recorded between the check and the mapping, and retires nobody",
  answerIsWhatTheRowHolds: "A call answers its own customer, though the row holds another or none",

  // What is seen: record_objects, observe, retire_customer
  newestTicketWins: "A look from before the deletion overwrites the tombstone",
  ticketIsDrawnBeforeTheLook: "A look from before the deletion is recorded as newer than the tombstone",
  tombstoneRetires: "The user stays with a customer that is deleted",
  retireBeginsAGeneration: "The key of the generation before gives its stored 500, and a call fails for nothing",
  missingIsBelievedOfOurAccountOnly: "A key of another account finds nobody there and retires a living customer",
} as const;

export type Guard = keyof typeof GUARDS;
export type Guards = Readonly<Record<Guard, boolean>>;

export const ALL_GUARDS = Object.fromEntries(Object.keys(GUARDS).map((guard) => [guard, true])) as Guards;

export const without = (guard: Guard): Guards => ({ ...ALL_GUARDS, [guard]: false });
