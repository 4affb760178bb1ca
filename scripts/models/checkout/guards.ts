/** The steps of the protocol, each a switch of the model. */
import { allOn, type Switches } from "../lib/switches.ts";
import type { Invariant } from "./invariants.ts";

/** The invariant that is violated without the guard, and how. */
type Need = readonly [violates: Invariant, how: string];

/** Needed: without any one of them an invariant is violated. */
export const GUARDS = {
  handOutIsCompareAndSet: ["atMostOneLivePerSlot", "Two calls create a session each, and both hand out its URL"],
  recordedSessionIsExpired: ["atMostOneLivePerSlot", "The monthly session stays open beside the yearly one"],
  expiryIsAcknowledged: ["atMostOneLivePerSlot", "An expiry that was lost, failed or refused counts as done"],
  sessionsAreExpiredBeforeListing: [
    "atMostOneLivePerSlot",
    "The session is paid between the list of subscriptions and its expiry",
  ],
  subscriptionsAreListedAtStripe: ["atMostOneLivePerSlot", "The mirror does not have the new subscription yet"],
  incompleteOfCandidateIsIgnored: [
    "callsAreAnswered",
    "After a declined card, the same click is refused because of the incomplete subscription",
  ],
  incompleteOfExpiredIsVoided: [
    "callsAreAnswered",
    "After a declined card, another price is refused until the incomplete subscription expires",
  ],
  incompleteOccupiesSlot: ["atMostOneLivePerSlot", "A bank debit succeeds after a second subscription was sold"],
  reuseComparesRequest: ["answerMatchesRequest", "A call for the yearly price answers the monthly session"],
  recentSessionsAreKept: ["handedOutSessionIsOpen", "A session is expired between its creation and its hand-out"],
  loserExpiresItsSession: ["atMostOneOpenPerSlot", "Two simultaneous calls leave two open sessions"],
  unrecordedSessionsAreExpired: ["atMostOneOpenPerSlot", "A crashed call leaves its session open"],
  unrecordedExpiryIsAcknowledged: [
    "atMostOneLivePerSlot",
    "After a restore the row does not have the session that was handed out",
  ],
  creationKeyIsUnique: [
    "handedOutSessionIsOpen",
    "A key of owner, attempt and request replays a session that has been expired",
  ],
  onlyOpenSessionsAreReused: ["callsAreAnswered", "An expired or complete session is answered on every call"],
  attemptCountsPerOwner: ["atMostOneTrial", "Two products are bought at once, each with a trial"],
  openTrialIsExpiredFirst: ["atMostOneTrial", "The session of another slot still offers the trial"],
  trialIsRecordedWhenOffered: ["atMostOneTrial", "The customer is deleted before a webhook has recorded its trial"],
  endedTrialsCount: ["atMostOneTrial", "The owner cancels, subscribes again and gets another trial"],
  trialBelongsToOwner: ["atMostOneTrial", "A new customer of the same owner has never had a trial"],
  trialsOfDeletedCustomersCount: [
    "atMostOneTrial",
    "The session is paid while it expires, its customer is deleted, and no webhook arrives",
  ],
  expiredOfferIsNoTrial: ["trialIsKeptUntilUsed", "An owner who left the page once never gets the trial"],
  closedOwnerCannotBuy: [
    "departedOwnerPaysNothing",
    "A call that is under way hands out a session after the departure",
  ],
  departureIsResumed: ["departedOwnerPaysNothing", "A departure that fails halfway leaves subscriptions live"],
} as const satisfies Record<string, Need>;

/** Needed when others sell too: an operator in the dashboard, or a plan change in the portal. */
export const DUPLICATE_GUARDS = {
  duplicatesAreCanceled: ["oldestDuplicateIsKept", "Two live subscriptions stay in one slot"],
  oldestIsKept: ["oldestDuplicateIsKept", "Two workers, each with an event of one of the two, cancel both"],
  duplicatesAreListedAtStripe: ["oldestDuplicateIsKept", "In the mirror the other one is still live"],
  refundIsWhole: [
    "duplicateIsRefundedOnce",
    "Two workers refund an amount each; a payment can be refunded whole only once",
  ],
  othersSubscriptionsAreKept: ["operatorsSubscriptionIsKept", "A subscription that an operator made is canceled"],
} as const satisfies Record<string, Need>;

/** Not needed while the assumptions hold, and what each is for. */
export const REDUNDANT = {
  listedSubscriptionsAreRecorded: "The mirror has the subscriptions a little earlier",
  liveSubscriptionExpiresSession: "A slot that is taken has no open session: fewer duplicates when others sell too",
} as const;

export type Step = keyof typeof GUARDS | keyof typeof DUPLICATE_GUARDS | keyof typeof REDUNDANT;
export type Guards = Switches<Step>;

export const ALL_GUARDS: Guards = allOn<Step>(GUARDS, DUPLICATE_GUARDS, REDUNDANT);

export const without = (step: Step): Guards => ({ ...ALL_GUARDS, [step]: false });
