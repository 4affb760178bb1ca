/**
 * Every rule that makes the mirror converge. Each is a switch of the model; where it is off, the promise named beside it
 * is broken in the way that is told, and a test shows the shortest schedule for it.
 */
import type { Promised } from "./promises.ts";
import type { Room } from "./rooms.ts";

type Loss = readonly [breaks: Promised, room: Room, tale: string];

export const GUARDS = {
  // What is recorded: record_objects, keep_newest
  newestTicketWins: ["mirrorIsStripes", "looks", "A look from before the change overwrites what came after it"],
  ticketIsDrawnBeforeTheRead: [
    "mirrorIsStripes",
    "looks",
    "What was read before the change is recorded as newer than it",
  ],
  objectIsRead: [
    "mirrorIsStripes",
    "looks",
    "Events come in the wrong order, and the older one's object is recorded last",
  ],
  tombstonesStay: ["mirrorIsStripes", "looks", "A look from before the deletion brings the object back"],
  onlyOlderEventsAreFinished: ["mirrorIsStripes", "looks", "A look from before the change finishes the change's event"],
  doneIsMarkedWithTheWork: ["mirrorIsStripes", "looks", "The event is done, its worker dies, and nothing was recorded"],

  // Who looks: claim_event, claim_due_objects
  leasesRunOut: ["nothingPends", "looks", "A worker died with the event in its hands, and nobody ever takes it"],
  drainDrawsATicket: [
    "mirrorIsStripes",
    "looks",
    "Who read before the change still holds the ticket that its event now has",
  ],

  // What was not delivered: claim_reconcile, record_events_page
  windowEndsAtItsEnd: [
    "mirrorIsStripes",
    "windows",
    "The reconciler dies between two pages, and nobody reads the older one",
  ],
  windowsOverlap: ["mirrorIsStripes", "windows", "Stripe's clock is behind, and an event falls between two windows"],
  overtakenReconcilerStops: [
    "mirrorIsStripes",
    "lateWindows",
    "A late one ends the window of the next, which nobody has read",
  ],
  enteredUnderATicketOfItsOwn: [
    "mirrorIsStripes",
    "windows",
    "A look that began after the pass and before the change finishes the event",
  ],

  // What is no longer listed: complete_catalog_fill
  absentIsOlderThanTheFill: [
    "mirrorIsStripes",
    "fills",
    "What somebody else has looked at since it was listed gets a tombstone",
  ],
  firstFillersTicketCounts: ["mirrorIsStripes", "lateFills", "What the filler before has listed gets a tombstone"],
  overtakenFillerStops: [
    "mirrorIsStripes",
    "lateFills",
    "A late one completes the next fill, which has listed nothing yet",
  ],
} as const satisfies Record<string, Loss>;

/** Without it nothing is ever wrong, but it need not come to an end. A test shows that, too. */
export const ENDING = {
  oneLookPerLease: "The drain takes an event from whoever is at it, again and again, and nobody finishes it",
} as const;

/** Steps that no promise hangs on, and what they are there for. A test shows that, too. */
export const SPARE = {
  redeliveryDrawsATicket: ["looks", "What is read under the event's first ticket is read after its change, too"],
  finishedInTheSameTransaction: ["rereads", "Recorded first, finished then: who dies in between has looked in vain"],
  knownEventsAreLeftAlone: ["lateWindows", "Who lists an event that is done has its object looked at once more"],
} as const satisfies Record<string, readonly [room: Room, tale: string]>;

export type Guard = keyof typeof GUARDS;
export type Switch = Guard | keyof typeof ENDING | keyof typeof SPARE;
export type Guards = Readonly<Record<Switch, boolean>>;

const SWITCHES = Object.keys({ ...GUARDS, ...ENDING, ...SPARE }) as Switch[];

export const ALL_GUARDS = Object.fromEntries(SWITCHES.map((guard) => [guard, true])) as Guards;

export const without = (guard: Switch): Guards => ({ ...ALL_GUARDS, [guard]: false });
