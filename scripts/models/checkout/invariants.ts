/** The invariants, each checked at the moment at which it could be violated. */
import { Violation as EndOfRun } from "../lib/violation.ts";

export const INVARIANTS = {
  atMostOneLivePerSlot: "A slot never has two live subscriptions",
  atMostOneTrial: "An owner never has two trials",
  answerMatchesRequest: "A call answers a session for the price that it asked for",
  handedOutSessionIsOpen: "A session is open when its URL is handed out for the first time",
  atMostOneOpenPerSlot: "At quiescence a slot has at most one open session",
  callsAreAnswered: "At quiescence a call gets an open session, or the true reason against it",
  doubleClickGetsOneSession: "At quiescence two simultaneous calls get the same session",
  trialIsKeptUntilUsed: "An owner who never had a trial is offered it",
  departedOwnerPaysNothing: "A departed owner has no live subscription, and none begins",
  oldestDuplicateIsKept: "Of duplicates that checkouts made, the oldest stays, alone",
  duplicateIsRefundedOnce: "What is canceled as a duplicate is refunded, once",
  operatorsSubscriptionIsKept: "A subscription that an operator made is never canceled",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** Ends a schedule. */
export class Violation extends EndOfRun<Invariant> {}
