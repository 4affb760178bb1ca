/** The steps of the protocol, each a switch of the model. */
import { allOn, type Switches } from "../lib/switches.ts";
import type { SmallBounds } from "./bounds.ts";
import type { Invariant } from "./invariants.ts";

/** The invariant that is violated without the guard, the bounds within which a test shows it, and how. */
type Need = readonly [violates: Invariant, within: SmallBounds, how: string];

/** Needed: without any one of them an invariant is violated. */
export const GUARDS = {
  // Records: record_fetches, keep_newest
  newestTicketWins: [
    "mirrorEqualsStripe",
    "fetches",
    "A fetch from before the change overwrites a fetch from after it",
  ],
  ticketIsDrawnBeforeFetch: [
    "mirrorEqualsStripe",
    "fetches",
    "A fetch from before the change is recorded as newer than the change",
  ],
  objectIsFetched: [
    "mirrorEqualsStripe",
    "fetches",
    "Events arrive out of order, and the older one's payload is recorded last",
  ],
  tombstonesAreKept: ["mirrorEqualsStripe", "fetches", "A fetch from before the deletion restores the object"],
  onlyOlderEventsAreFinished: [
    "mirrorEqualsStripe",
    "fetches",
    "A fetch from before the change finishes the change's event",
  ],
  recordPrecedesFinish: [
    "mirrorEqualsStripe",
    "fetches",
    "The event is finished, its worker crashes, and nothing is recorded",
  ],

  largestTicketOfBatchCounts: [
    "mirrorEqualsStripe",
    "fetches",
    "A call records the older of two fetches of an object, and finishes the events of the newer",
  ],

  // Claims: claim_events, claim_due_objects
  leasesExpire: ["noEventStaysPending", "fetches", "A worker crashes, and no other worker can claim its event"],
  sharedFetchBeginsLater: [
    "mirrorEqualsStripe",
    "fetches",
    "An event shares a fetch from before its change, which finishes it",
  ],
  dueEventsGetNewTicket: [
    "mirrorEqualsStripe",
    "fetches",
    "A worker that read before the change holds the ticket that the event now has",
  ],

  // Commits that wait for the disk: draw_ticket, claim_events
  claimsAreDurable: [
    "mirrorEqualsStripe",
    "lostWrites",
    "The database crashes, and claims an event under a ticket that a worker from before its change has",
  ],
  drawsAreDurable: [
    "mirrorEqualsStripe",
    "lostWrites",
    "The database crashes, and draws a ticket for a change that a worker from before the change has",
  ],

  // Polling: claim_reconcile, record_events_page
  windowClosesAfterLastPage: [
    "mirrorEqualsStripe",
    "windows",
    "The reconcile run crashes between two pages, and the older one is never read",
  ],
  windowsOverlap: ["mirrorEqualsStripe", "windows", "Stripe's clock is behind, and an event falls between two windows"],
  supersededReconcileStops: [
    "mirrorEqualsStripe",
    "lateWindows",
    "A late run closes the window of the next run, which has not read it",
  ],
  polledEventGetsOwnTicket: [
    "mirrorEqualsStripe",
    "windows",
    "A fetch that began after the run and before the change finishes the event",
  ],

  // Absence from a list: list_unlisted_catalog
  absentObjectIsFetched: [
    "mirrorEqualsStripe",
    "hiddenObject",
    "An object that no list shows, such as an inline price, gets a tombstone",
  ],
} as const satisfies Record<string, Need>;

/** Needed for termination: without it no state is wrong, but the search finds a cycle. */
export const TERMINATION = {
  oneFetchPerLease: "Workers claim an event from each other repeatedly, and none finishes it",
} as const;

/** Not needed while the assumption holds, and what each is for. */
export const REDUNDANT = {
  redeliveryGetsNewTicket: ["fetches", "A read under the event's first ticket is also from after its change"],
  recordAndFinishAreAtomic: ["refetches", "A worker that crashes between record and finish has fetched without effect"],
  fillKeepsFirstTicket: ["lateFills", "An object that the previous run listed is fetched once more"],
  supersededFillStops: ["lateFills", "A late run completes the next fill, which fetches what it has not listed yet"],
  knownEventsAreSkipped: ["lateWindows", "A run that lists a finished event has its object fetched once more"],
} as const satisfies Record<string, readonly [within: SmallBounds, purpose: string]>;

export type Guard = keyof typeof GUARDS;
export type Switch = Guard | keyof typeof TERMINATION | keyof typeof REDUNDANT;
export type Guards = Switches<Switch>;

export const ALL_GUARDS: Guards = allOn<Switch>(GUARDS, TERMINATION, REDUNDANT);

export const without = (step: Switch): Guards => ({ ...ALL_GUARDS, [step]: false });
