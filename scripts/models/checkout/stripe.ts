/** Stripe's side: customers, sessions, subscriptions, stored idempotency keys, events. */
import { Violation } from "./invariants.ts";
import { hasEnded, isActive, isIncomplete, type Price, type Session, type Slot, type Subscription } from "./objects.ts";
import type { Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";
import type { Answer } from "./stripe_request.ts";

const HOUR = 3600;
/** https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
const INCOMPLETE_EXPIRES = 23 * HOUR;
/** Where the list is not current, a subscription appears in it after this many seconds. */
const LIST_DELAY = 30;

/** What Stripe's documentation leaves open, drawn for each schedule. */
export interface StripeBehavior {
  /** Whether the subscription exists while its first payment is in progress. */
  readonly createsIncomplete: boolean;
  /** What an expiry does while a payment is in progress. */
  readonly expiryDuringPayment: "cancels" | "refuses" | "leaves";
  /** Seconds until a session expires by itself. */
  readonly sessionLife: number;
}

export type Expiry = "expired" | "complete" | "busy";

export class Stripe {
  /** The owner's present customer; an earlier one is deleted. */
  customer = 1;
  trials = 0;
  readonly sessions: Session[] = [];
  readonly subscriptions: Subscription[] = [];
  /** Subscriptions that changed and whose event is not delivered yet. */
  readonly events: number[] = [];
  readonly storedAnswers = new Map<string, Answer<unknown>>();
  readonly #sim: Simulation;
  readonly #behavior: StripeBehavior;
  #ids = 0;

  constructor(sim: Simulation, behavior: StripeBehavior) {
    this.#sim = sim;
    this.#behavior = behavior;
  }

  nextId(): number {
    return ++this.#ids;
  }

  session(id: number): Session {
    return this.sessions.find((session) => session.id === id)!;
  }

  subscription(id: number): Subscription {
    return this.subscriptions.find((subscription) => subscription.id === id)!;
  }

  // Requests: each answer is a copy, which grows old.

  /** Undefined when the customer is deleted. */
  createSession(customer: number, slot: Slot, price: Price, trial: boolean): Session | undefined {
    const { now } = this.#sim;
    if (customer !== this.customer) return undefined;
    const session: Session = {
      id: this.nextId(),
      customer,
      slot,
      price,
      trial,
      createdAt: now,
      expiresAt: now + this.#behavior.sessionLife,
      status: "open",
      payment: undefined,
      subscription: undefined,
      expired: undefined,
    };
    this.sessions.push(session);
    this.#sim.log?.(`  Stripe creates session ${session.id} for ${price}${trial ? " with a trial" : ""}`);
    return { ...session };
  }

  listOpenSessions(customer: number): Session[] {
    return this.sessions.filter((session) => session.customer === customer && session.status === "open")
      .map((session) => ({ ...session }));
  }

  /** Also works for a session of a deleted customer. */
  retrieveSession(id: number): Session {
    return { ...this.session(id) };
  }

  expireSession(id: number): Expiry {
    const { now, moment, log } = this.#sim;
    const session = this.session(id);
    if (session.status !== "open") return session.status;
    if (session.payment && this.#behavior.expiryDuringPayment === "refuses") return "busy";
    this.#expire(session);
    session.expired = { at: now, moment };
    log?.(`  Stripe expires session ${id}${session.payment ? " during its payment" : ""}`);
    return "expired";
  }

  listSubscriptions(customer: number): Subscription[] {
    const { now, assumptions } = this.#sim;
    const latest = assumptions.listIsCurrent ? now : now - LIST_DELAY;
    return this.subscriptions
      .filter((subscription) => subscription.customer === customer && subscription.createdAt <= latest)
      .map((subscription) => ({ ...subscription }));
  }

  retrieveSubscription(id: number): Subscription {
    return { ...this.subscription(id) };
  }

  /** Voiding the first invoice fails when it is paid meanwhile. */
  voidFirstInvoice(id: number): Subscription {
    const subscription = this.subscription(id);
    if (isIncomplete(subscription)) this.setStatus(subscription, "incomplete_expired");
    return { ...subscription };
  }

  cancelSubscription(id: number): Subscription {
    const subscription = this.subscription(id);
    this.setStatus(subscription, "canceled");
    return { ...subscription };
  }

  /** Stripe refuses to refund a whole payment a second time. */
  refund(id: number, whole: boolean): void {
    const subscription = this.subscription(id);
    if (!whole || subscription.refunds === 0) subscription.refunds++;
  }

  // What happens at Stripe by itself, by a user or by an operator.

  createSubscription(
    fields: Pick<Subscription, "slot"> & Partial<Pick<Subscription, "session" | "trial" | "customer">>,
  ): Subscription {
    const subscription: Subscription = {
      id: this.nextId(),
      customer: this.customer,
      session: undefined,
      trial: false,
      createdAt: this.#sim.now,
      status: "incomplete",
      bankDebit: false,
      started: false,
      paid: false,
      refunds: 0,
      endedAt: Infinity,
      ...fields,
    };
    this.subscriptions.push(subscription);
    return subscription;
  }

  /** The subscription that comes of a session, unless there is one. */
  subscribe(session: Session): Subscription {
    const { slot, trial, customer, id } = session;
    return session.subscription ??= this.createSubscription({ slot, trial, customer, session: id });
  }

  /** Whether the subscription of a session exists before its first payment has succeeded. */
  get createsIncomplete(): boolean {
    return this.#behavior.createsIncomplete;
  }

  setStatus(subscription: Subscription, status: Subscription["status"]): void {
    if (hasEnded(subscription)) return;
    const { log, moment } = this.#sim;
    subscription.status = status;
    this.events.push(subscription.id);
    const trial = subscription.trial ? " (trial)" : "";
    log?.(`  Stripe: subscription ${subscription.id} of ${subscription.slot} is ${status}${trial}`);
    if (hasEnded(subscription)) subscription.endedAt = moment;
    if (isActive(subscription) && !subscription.started) this.#begin(subscription);
  }

  #begin(subscription: Subscription): void {
    const { assumptions: { onlyCheckoutsSell }, departureDone } = this.#sim;
    subscription.started = true;
    subscription.paid = !subscription.trial;
    if (subscription.trial) this.trials++;
    if (onlyCheckoutsSell && this.active(subscription.slot).length > 1) throw new Violation("atMostOneLivePerSlot");
    if (onlyCheckoutsSell && this.trials > 1) throw new Violation("atMostOneTrial");
    if (departureDone) throw new Violation("departedOwnerPaysNothing");
  }

  active(slot: Slot): Subscription[] {
    return this.subscriptions.filter((subscription) => subscription.slot === slot && isActive(subscription));
  }

  openSessions(slot: Slot): Session[] {
    return this.sessions.filter((session) => session.slot === slot && session.status === "open");
  }

  deleteCustomer(): void {
    for (const subscription of this.subscriptions) {
      if (subscription.customer === this.customer) this.setStatus(subscription, "canceled");
    }
    for (const session of this.sessions) {
      if (session.customer === this.customer && session.status === "open") this.#expire(session);
    }
    this.#sim.log?.(`  Stripe deletes customer ${this.customer}`);
    this.customer++;
  }

  /** Expires what is due at the present time. */
  expireDue(): void {
    const { now } = this.#sim;
    for (const session of this.sessions) {
      if (session.status === "open" && session.expiresAt <= now) this.#expire(session);
    }
    for (const subscription of this.subscriptions) {
      const due = subscription.createdAt + INCOMPLETE_EXPIRES <= now;
      if (due && isIncomplete(subscription) && !subscription.bankDebit) {
        this.setStatus(subscription, "incomplete_expired");
      }
    }
  }

  abandonPayment(process: Process): void {
    for (const session of this.sessions) if (session.payment === process) session.payment = undefined;
  }

  #expire(session: Session): void {
    session.status = "expired";
    const { subscription } = session;
    if (subscription && isIncomplete(subscription) && this.#behavior.expiryDuringPayment !== "leaves") {
      this.setStatus(subscription, "incomplete_expired");
    }
  }
}
