/** One `POST /v1/customers`: sent, in progress at Stripe, answered. It continues whether or not its caller waits. */
import { type Description, isRefused } from "./customer.ts";
import type { Owner } from "./owners.ts";
import type { Simulation } from "./simulation.ts";
import type { Answer, IdempotencyKey } from "./stripe.ts";

export interface Creation {
  readonly account: number;
  readonly key: string;
  readonly description: Description;
  /** For the invariants. */
  readonly owner: Owner;
}

export class CreationRequest {
  isUnderWay = true;
  paused = false;
  /** Undefined when the request never reached Stripe. */
  answer: Answer | undefined;
  /** The latest second at which it ends. */
  readonly due: number;
  #inProgress: IdempotencyKey | undefined;

  constructor(readonly sim: Simulation, readonly creation: Creation) {
    this.due = sim.now + sim.assumptions.requestDuration;
    sim.stripe.underWay.push(this);
    sim.log?.(`${creation.key} is sent`);
  }

  step(): void {
    if (!this.sim.faultOccurs("stripeIsSlow")) this.#continue();
  }

  finish(): void {
    while (this.isUnderWay) this.#continue();
  }

  #continue(): void {
    if (this.#inProgress) this.#end(this.#inProgress.stored = this.#takeEffect());
    else if (this.sim.faultOccurs("requestLost")) this.#end(undefined);
    else if (this.sim.faultOccurs("rateLimited")) this.#end({ status: 429 });
    else this.#arrive(this.sim.stripe.findKey(this.creation.key));
  }

  /** https://docs.stripe.com/api/idempotent_requests */
  #arrive(known: IdempotencyKey | undefined): void {
    const { sim, creation: { key, description } } = this;
    if (isRefused(description.email)) this.#end({ status: 400 });
    else if (known === undefined) {
      this.#inProgress = { description, firstUsed: sim.now, stored: undefined };
      sim.stripe.keys.set(key, this.#inProgress);
    } else if (known.stored === undefined) this.#end({ status: 409 });
    else if (!isSame(known.description, description)) this.#end({ status: 400 });
    else this.#end(known.stored.status === 200 ? { ...known.stored, replayed: true } : known.stored);
  }

  #takeEffect(): Answer {
    const { sim, creation } = this;
    if (sim.faultOccurs("failsBefore")) {
      if (sim.random.chance(0.5)) sim.stripe.keys.delete(creation.key);
      return { status: 500 };
    }
    const customer = sim.stripe.add(creation);
    sim.log?.(`Stripe creates cus_${customer.id}`);
    sim.events.push(customer.id);
    sim.invariants.whenCreated();
    return sim.faultOccurs("failsAfter") ? { status: 500 } : { status: 200, customer, replayed: false };
  }

  #end(answer: Answer | undefined): void {
    const { underWay } = this.sim.stripe;
    underWay.splice(underWay.indexOf(this), 1);
    this.isUnderWay = false;
    this.answer = answer;
    this.sim.log?.(`${this.creation.key} ${answer ? `is answered ${formatAnswer(answer)}` : "is lost"}`);
  }
}

const isSame = (one: Description, other: Description): boolean =>
  one.email === other.email && one.metadata.userId === other.metadata.userId &&
  one.metadata.organizationId === other.metadata.organizationId &&
  one.metadata.deployment === other.metadata.deployment;

const formatAnswer = (answer: Answer): string =>
  answer.status === 200 ? `cus_${answer.customer.id}${answer.replayed ? ", replayed" : ""}` : `${answer.status}`;
