/** The steps of the protocol, each a switch of the model. */
import { allOn, type Switches } from "../lib/switches.ts";
import type { Invariant } from "./invariants.ts";
import type { Owners } from "./owners.ts";

/** The invariant that is violated without the guard, for which owners a test shows it, and how it is violated. */
type Need = readonly [violates: Invariant, owners: readonly Owners[], how: string];

/** Steps that concern one owner, whatever its kind. */
const EACH = ["user", "organization"] as const;
/** One kind only, because the violation takes hundreds of thousands of schedules to find. */
const RARE = ["user"] as const;
/** Steps that distinguish people from owners, and kinds of owners from each other. */
const MEMBERS = ["organization"] as const;
const BOTH = ["both"] as const;

/** Needed: without any one of them an invariant is violated. */
export const GUARDS = {
  // Leases and lookup windows: claim_customer
  oneCallerPerLease: ["noFailureWithoutFault", EACH, "Two callers send at once, and Stripe answers one of them 409"],
  waitAfterFailure: ["atMostOneLivingCustomer", EACH, "The lookup precedes the effect of a request that is under way"],
  oldClaimsAreLookedUp: [
    "atMostOneLivingCustomer",
    EACH,
    "Stripe has removed the key: the same creation creates again",
  ],
  oldClaimFailsAtLastLeaseEnd: [
    "atMostOneLivingCustomer",
    EACH,
    "The lookup window ends before the creation of a later caller",
  ],
  claimedAtIsKept: ["atMostOneLivingCustomer", EACH, "The lookup window begins after the creation of the first caller"],
  windowStartsEarlier: [
    "atMostOneLivingCustomer",
    EACH,
    "Stripe's clock is behind: the customer seems older than its claim",
  ],
  windowEndsLater: [
    "atMostOneLivingCustomer",
    EACH,
    "Stripe's clock is ahead: the customer seems newer than the failure",
  ],
  knownCustomerIsRefreshedDaily: [
    "exactlyOneCustomerPerOwner",
    EACH,
    "A deletion whose event is lost is never noticed",
  ],

  // Creation: ensureCustomer
  accountIsConfirmed: ["mappingHoldsOwnCustomer", EACH, "A key of another account creates the customer there"],
  everyTransactionChecksKey: [
    "mappingHoldsOwnCustomer",
    EACH,
    "A call from before a switch maps the old account's customer in the new deployment",
  ],
  nothingIsSentAfterLeaseEnd: [
    "atMostOneLivingCustomer",
    EACH,
    "A paused caller sends under the key of a generation that has ended",
  ],
  leaseIsMeasuredFromBeforeClaim: [
    "atMostOneLivingCustomer",
    EACH,
    "The answer to the claim is late, and the caller sends after its lease",
  ],
  keyIncludesGeneration: [
    "recoversWithinMinutes",
    EACH,
    "A new generation gets the old one's stored 500 or deleted customer",
  ],
  keyIncludesDeployment: ["noFailureWithoutFault", EACH, "Another database used the key with other parameters"],
  keyIncludesOwner: ["atMostOneLivingCustomer", MEMBERS, "Two members of one organization create a customer each"],
  creationNamesOwnerOnly: [
    "recoversWithinMinutes",
    EACH,
    "Stripe refuses the email in the creation of every generation",
  ],
  metadataNamesOneOwner: [
    "mappingHoldsOwnCustomer",
    BOTH,
    "An organization's customer names the calling user, whose lookup adopts it",
  ],
  failureStartsNoGeneration: [
    "atMostOneLivingCustomer",
    EACH,
    "A 500 or a lost answer hid a customer, and a second one is created",
  ],
  failureIsRecorded: ["recoversWithinMinutes", EACH, "Every call gets the stored 500 again until the claim is old"],
  failureIsDatedAtLeaseEnd: [
    "atMostOneLivingCustomer",
    RARE,
    "A late record dates the failure before the next caller's creation",
  ],
  failureNamesGeneration: [
    "noFailureWithoutFault",
    EACH,
    "A late failure is recorded for a new generation, whose first call must wait",
  ],
  rateLimitStartsNoGeneration: [
    "atMostOneLivingCustomer",
    EACH,
    "The last request was rate limited, an earlier one took effect",
  ],

  // Lookup: findCustomer, readCustomer
  lookupPrecedesRenewal: [
    "atMostOneLivingCustomer",
    EACH,
    "A failure hid a customer, and a second one is created a minute later",
  ],
  lookupUsesList: ["atMostOneLivingCustomer", EACH, "The search is not consistent and misses the customer"],
  lookupStoresProgress: [
    "recoversWithinMinutes",
    EACH,
    "Others create more customers than one lease can list, and each lookup begins with them again",
  ],
  lookupRepeatsLastSecond: [
    "atMostOneLivingCustomer",
    EACH,
    "A page ends between two customers of one second, and the next lookup misses the second one",
  ],
  lookupMatchesOwner: ["mappingHoldsOwnCustomer", EACH, "The lookup adopts another owner's customer"],
  lookupMatchesOwnerKind: [
    "mappingHoldsOwnCustomer",
    [...EACH, "both"],
    "The lookup matches the other kind's key and adopts that owner's customer",
  ],
  lookupMatchesDeployment: ["mappingHoldsOwnCustomer", EACH, "The lookup adopts another database's customer"],
  replayedCustomerIsConfirmed: [
    "mappingHoldsNoDeletedCustomer",
    EACH,
    "Stripe replays a customer that was deleted long ago",
  ],

  // Settlement: renew_customer, complete_customer
  renewalIsCompareAndSet: [
    "atMostOneLivingCustomer",
    EACH,
    "Two callers whose lookups found nothing begin a generation each",
  ],
  renewalClearsFailure: ["atMostOneLivingCustomer", EACH, "The new generation is looked up in the old one's window"],
  renewalClearsLookup: [
    "atMostOneLivingCustomer",
    EACH,
    "The new generation is looked up from where the old one's lookup stopped, before its own time",
  ],
  completionChecksGeneration: [
    "atMostOneLivingCustomer",
    EACH,
    "A slow caller maps the previous generation's deleted customer and leaves a living one",
  ],
  completionKeepsFirst: ["createdIsAnsweredOnce", EACH, "Two calls answer 201"],
  completionRejectsTombstones: [
    "mappingHoldsNoDeletedCustomer",
    EACH,
    "The deletion is recorded before the completion, when nothing is mapped",
  ],
  completionLocksCustomer: [
    "mappingHoldsNoDeletedCustomer",
    EACH,
    "The deletion is recorded between the check and the mapping",
  ],
  answerIsReadFromMapping: ["answerMatchesMapping", EACH, "A slow caller answers the customer that it created itself"],

  // Refreshes: record_objects, fetchAndRecord, retire_customer
  newestTicketWins: [
    "mappingHoldsNoDeletedCustomer",
    EACH,
    "A fetch from before the deletion overwrites the tombstone",
  ],
  ticketIsDrawnBeforeFetch: [
    "mappingHoldsNoDeletedCustomer",
    EACH,
    "A fetch from before the deletion is recorded as newer than the tombstone",
  ],
  tombstoneRetiresCustomer: ["mappingHoldsNoDeletedCustomer", EACH, "The owner stays mapped to a deleted customer"],
  retirementStartsGeneration: [
    "noFailureWithoutFault",
    EACH,
    "The previous generation's key answers its stored 500 again",
  ],
  missingIsAcceptedFromOurAccountOnly: [
    "atMostOneLivingCustomer",
    EACH,
    "A key of another account gets a 404 and retires a living customer",
  ],

  // Rebuilds: rebuild_mappings
  rebuildMatchesOwnerKind: [
    "mappingHoldsOwnCustomer",
    BOTH,
    "The rebuild matches the other kind's key and maps that owner's customer",
  ],
  rebuildMatchesDeployment: ["mappingHoldsOwnCustomer", BOTH, "The rebuild maps another database's customer"],
  rebuildSkipsDeleted: [
    "mappingHoldsNoDeletedCustomer",
    BOTH,
    "The rebuild maps the oldest customer, which is deleted",
  ],
  rebuildSkipsExistingRows: [
    "mappingHoldsNoDeletedCustomer",
    BOTH,
    "During a claim, the rebuild maps a customer whose deletion is not recorded yet",
  ],
} as const satisfies Record<string, Need>;

/** Not needed while the assumptions hold, and what each is for. */
export const REDUNDANT = {
  adoptedCustomerIsConfirmed: "The list has living customers only; an adopted customer only gets its email",
  renewalIsWithinLease: "A late renewal is safe; refusing it covers a creation that took effect later than assumed",
  laterFailureIsKept: "Two failures are recorded out of order by no more than the wait for a row lock",
  retirementClearsClaim: "Without it, the next call looks up what cannot exist, then creates",
} as const;

export type Guard = keyof typeof GUARDS;
export type Step = Guard | keyof typeof REDUNDANT;
export type Guards = Switches<Step>;

export const ALL_GUARDS: Guards = allOn<Step>(GUARDS, REDUNDANT);

export const without = (step: Step): Guards => ({ ...ALL_GUARDS, [step]: false });
