/** The owner's row of `billing.checkouts`, the duplicates, and the mirror of subscriptions. */
import { Violation } from "./invariants.ts";
import type { Session, Slot, Subscription } from "./objects.ts";
import type { Simulation } from "./simulation.ts";

/** Seconds for which a session that is not recorded is left to the call that created it. */
export const RECENT = 60;

export interface Row {
  /** Moves with every hand-out and with a departure. */
  attempt: number;
  /** The session that was last handed out for each slot. */
  sessions: Partial<Record<Slot, number>>;
  trialUsed: boolean;
  /** The session that last offered the trial. */
  trialSession: number | undefined;
  /** Whether the owner has departed. */
  closed: boolean;
}

/** structuredClone would take a third of a search's time. */
export const copyOf = (row: Row): Row => ({ ...row, sessions: { ...row.sessions } });

/** The row as a checkout found it. */
export interface Begun extends Row {
  readonly moment: number;
}

export class Database {
  row: Row = { attempt: 0, sessions: {}, trialUsed: false, trialSession: undefined, closed: false };
  readonly mirror = new Map<number, Subscription>();
  /** Duplicates by id, and whether each is canceled and refunded. */
  readonly duplicates = new Map<number, { customer: number; finished: boolean }>();
  readonly #sim: Simulation;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  beginCheckout(): Begun {
    return { ...copyOf(this.row), moment: this.#sim.moment };
  }

  /** Records the session as handed out, unless another call has handed out one since. @returns whether it won */
  handOut(begun: Begun, { id, slot, trial }: Session): boolean {
    const { row } = this;
    const { guards, stripe } = this.#sim;
    const counter = (row: Row) => guards.attemptCountsPerOwner ? row.attempt : row.sessions[slot];
    const isOpen = !(row.closed && guards.closedOwnerCannotBuy);
    const wins = !guards.handOutIsCompareAndSet || (counter(row) === counter(begun) && isOpen);
    if (!wins) return false;
    row.attempt++;
    row.sessions[slot] = id;
    if (trial && guards.trialIsRecordedWhenOffered) row.trialSession = id;
    const { expired, createdAt } = stripe.session(id);
    if (expired && (expired.at < createdAt + RECENT || expired.moment < begun.moment)) {
      throw new Violation("handedOutSessionIsOpen");
    }
    return true;
  }

  recordSubscriptions(subscriptions: readonly Subscription[]): void {
    const { endedTrialsCount } = this.#sim.guards;
    for (const subscription of subscriptions) {
      this.mirror.set(subscription.id, { ...subscription });
      if (subscription.trial && subscription.started && endedTrialsCount) this.row.trialUsed = true;
    }
  }

  closeCheckouts(): void {
    this.row.closed = true;
    this.row.attempt++;
  }

  forgetTrial(): void {
    this.row.trialUsed = false;
    this.row.trialSession = undefined;
  }
}
