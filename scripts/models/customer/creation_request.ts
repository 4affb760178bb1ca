/** One `POST /v1/customers` on its way: sent, in progress at Stripe, answered. Two points apart, whoever waits for it. */
import type { Description } from "./customer.ts";
import type { Answer, Key } from "./stripe.ts";
import type { World } from "./world.ts";

export class CreationRequest {
  isUnderWay = true;
  asleep = false;
  /** Undefined when it never reached Stripe. */
  answer: Answer | undefined;
  /** When it must have come to its end. */
  readonly due: number;
  #inProgress: Key | undefined;

  constructor(
    readonly world: World,
    readonly account: number,
    readonly key: string,
    readonly description: Description,
  ) {
    this.due = world.now + world.assumptions.underWay;
    world.stripe.underWay.push(this);
    world.say?.(`${key} is sent`);
  }

  step(): void {
    if (!this.world.suffers("stripeIsSlow")) this.#goOn();
  }

  comeToAnEnd(): void {
    while (this.isUnderWay) this.#goOn();
  }

  #goOn(): void {
    if (this.#inProgress) this.#end(this.#inProgress.stored = this.#takeEffect());
    else if (this.world.suffers("requestLost")) this.#end(undefined);
    else if (this.world.suffers("rateLimited")) this.#end({ status: 429 });
    else this.#arrive(this.world.stripe.recall(this.key));
  }

  /** https://docs.stripe.com/api/idempotent_requests */
  #arrive(known: Key | undefined): void {
    const { world, key, description } = this;
    if (known === undefined) {
      this.#inProgress = { description, firstUsed: world.now, stored: undefined };
      world.stripe.keys.set(key, this.#inProgress);
    } else if (known.stored === undefined) this.#end({ status: 409 });
    else if (!isSame(known.description, description)) this.#end({ status: 400 });
    else this.#end(known.stored.status === 200 ? { ...known.stored, replayed: true } : known.stored);
  }

  #takeEffect(): Answer {
    const { world, key } = this;
    if (world.suffers("failsBefore")) {
      if (world.random.chance(0.5)) world.stripe.keys.delete(key);
      return { status: 500 };
    }
    const customer = world.stripe.add(this.account, this.description);
    world.say?.(`Stripe creates cus_${customer.id}`);
    world.events.push(customer.id);
    world.promises.whenCreated();
    return world.suffers("failsAfter") ? { status: 500 } : { status: 200, customer, replayed: false };
  }

  #end(answer: Answer | undefined): void {
    const { underWay } = this.world.stripe;
    underWay.splice(underWay.indexOf(this), 1);
    this.isUnderWay = false;
    this.answer = answer;
    this.world.say?.(`${this.key} ${answer ? `is answered ${wordOf(answer)}` : "is lost"}`);
  }
}

const isSame = (one: Description, other: Description): boolean =>
  one.user === other.user && one.deployment === other.deployment && one.email === other.email;

const wordOf = (answer: Answer): string =>
  answer.status === 200 ? `cus_${answer.customer.id}${answer.replayed ? ", replayed" : ""}` : `${answer.status}`;
