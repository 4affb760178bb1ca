/** Stripe, as far as one user's customer can notice: customers, idempotency keys, and a clock of its own. */
import { OTHER, OURS, type World } from "./world.ts";

export interface Owner {
  user: number;
  deployment: number;
}

/** Our user in our database; the neighbours are there to be mistaken for them. */
export const OWNER: Owner = { user: 1, deployment: 1 };
const NEIGHBOURS: Owner[] = [{ user: 2, deployment: 1 }, { user: 1, deployment: 2 }];

export interface Customer extends Owner {
  id: number;
  account: number;
  /** Seconds, by Stripe's clock. */
  created: number;
  /** Zero for none: Clerk was down. */
  email: number;
  /** The moment it was created. */
  bornAt: number;
  /** The moment an operator deleted it; zero while it lives. */
  deletedAt: number;
  /** A deletion that was looked at after it happened is recorded. */
  deletionRecorded: boolean;
  /** Whether a call has answered 201 with it. */
  won: boolean;
}

/** What the request says; a key sent again with anything else is refused. */
export interface Creation extends Owner {
  email: number;
}

export type Answer =
  | { status: 200; customer: Customer; replayed: boolean }
  | { status: 400 | 409 | 429 | 500 };

interface Key {
  creation: Creation;
  firstUsed: number;
  /** Undefined while the first request is in progress. */
  stored: Answer | undefined;
}

export class Stripe {
  readonly customers: Customer[] = [];
  readonly keys = new Map<string, Key>();
  /** Creations that have not come to their end. */
  readonly underWay: CreationRequest[] = [];
  readonly #world: World;
  readonly #ahead: number;
  readonly #remembered: number;

  constructor(world: World) {
    const { random, assumptions: { clocksDiffer, keysRemembered } } = world;
    this.#world = world;
    this.#ahead = random.pick([0, -clocksDiffer, clocksDiffer]);
    this.#remembered = random.pick([keysRemembered, Infinity]);
    for (const neighbour of NEIGHBOURS) this.add(OURS, { ...neighbour, email: 1 });
    // The other database has come a generation or two further, in the same account.
    for (let generation = random.below(3); generation > 0; generation--) {
      this.keys.set(keyOf(world, NEIGHBOURS[1]!, OURS, generation), {
        creation: { ...NEIGHBOURS[1]!, email: 1 },
        firstUsed: 0,
        stored: { status: 200, customer: this.customers[1]!, replayed: true },
      });
    }
  }

  add(account: number, { user, deployment, email }: Creation): Customer {
    const customer: Customer = {
      id: this.customers.length,
      account,
      user,
      deployment,
      email,
      created: this.#world.now + this.#ahead,
      bornAt: this.#world.moment,
      deletedAt: 0,
      deletionRecorded: false,
      won: false,
    };
    this.customers.push(customer);
    return customer;
  }

  /** What is remembered of a key. */
  recall(key: string): Key | undefined {
    const known = this.keys.get(key);
    if (known && this.#world.now - known.firstUsed > this.#remembered) {
      this.keys.delete(key);
      return undefined;
    }
    return known;
  }

  /** The list by creation is consistent; the search lags, by two minutes here. */
  findOldest(account: number, from: number, to: number): Customer | null {
    const { guards, now } = this.#world;
    return this.customers.find((customer) =>
      customer.account === account && customer.deletedAt === 0 &&
      customer.created >= from && customer.created <= to &&
      (customer.user === OWNER.user || !guards.adoptedIsOfTheUser) &&
      (customer.deployment === OWNER.deployment || !guards.adoptedIsOfTheDeployment) &&
      (guards.listIsNotSearched || customer.created < now + this.#ahead - 120)
    ) ?? null;
  }

  /** The customer, deleted or not, or null when this account knows no such id. */
  read(account: number, id: number): Customer | null {
    const customer = this.customers[id]!;
    return customer.account === account ? customer : null;
  }

  /** Null when there is none that lives. */
  describe(account: number, id: number, email: number): Customer | null {
    const customer = this.read(account, id);
    if (customer === null || customer.deletedAt > 0) return null;
    customer.email ||= email;
    return customer;
  }

  /** The user's customers that live in our account. */
  living(): Customer[] {
    return this.customers.filter(isTheUsers).filter(({ deletedAt }) => deletedAt === 0);
  }

  /** An operator deletes it; a webhook will tell, or it is lost. */
  remove(customer: Customer): void {
    customer.deletedAt = this.#world.moment;
    this.#world.events.push(customer.id);
    this.#world.say?.(`      ✗ an operator deletes cus_${customer.id}`);
  }

  /** The request under way that must come to its end first, if any must before then. */
  firstDue(then: number): CreationRequest | undefined {
    let first: CreationRequest | undefined;
    for (const request of this.underWay) {
      if (request.due <= then && (first === undefined || request.due < first.due)) first = request;
    }
    return first;
  }
}

export const isTheUsers = ({ account, user, deployment }: Customer): boolean =>
  account === OURS && user === OWNER.user && deployment === OWNER.deployment;

export const keyOf = ({ guards }: World, { user, deployment }: Owner, account: number, generation: number): string =>
  `${account === OTHER ? "other account:" : ""}customer:${guards.keyCarriesTheDeployment ? deployment : "_"}:${user}:${
    guards.keyCarriesTheGeneration ? generation : "_"
  }`;

/** One `POST /v1/customers` on its way: sent, then in progress at Stripe, then answered; three points apart. */
export class CreationRequest {
  isUnderWay = true;
  /** Undefined as long as there is none. */
  answer: Answer | undefined;
  readonly due: number;
  #inProgress: Key | undefined;

  constructor(
    readonly world: World,
    readonly account: number,
    readonly key: string,
    readonly creation: Creation,
  ) {
    this.due = world.now + world.assumptions.underWay;
    world.stripe.underWay.push(this);
  }

  step(): void {
    if (this.#inProgress) this.#finish(this.#inProgress);
    else this.#arrive();
  }

  /** At the last moment: its effect, whatever it is, or none. */
  comeToAnEnd(): void {
    while (this.isUnderWay) this.step();
  }

  #arrive(): void {
    const { world, key, creation } = this;
    if (world.suffers("requestLost")) return this.#end(undefined);
    if (world.suffers("rateLimited")) return this.#end({ status: 429 });
    const known = world.stripe.recall(key);
    if (known === undefined) {
      this.#inProgress = { creation, firstUsed: world.now, stored: undefined };
      world.stripe.keys.set(key, this.#inProgress);
      world.say?.(`      Stripe begins ${key}`);
    } else if (known.stored === undefined) this.#end({ status: 409 });
    else if (!isSame(known.creation, creation)) this.#end({ status: 400 });
    else this.#end(known.stored.status === 200 ? { ...known.stored, replayed: true } : known.stored);
  }

  #finish(key: Key): void {
    const { world } = this;
    this.#inProgress = undefined;
    if (world.suffers("failsBefore")) {
      if (world.random.chance(0.5)) key.stored = { status: 500 };
      else world.stripe.keys.delete(this.key);
      return this.#end({ status: 500 });
    }
    const customer = world.stripe.add(this.account, this.creation);
    world.say?.(`      Stripe creates cus_${customer.id} for ${this.key}`);
    world.events.push(customer.id);
    world.promises.whenCreated();
    const answer: Answer = world.suffers("failsAfter")
      ? { status: 500 }
      : { status: 200, customer, replayed: false };
    key.stored = answer;
    this.#end(answer);
  }

  #end(answer: Answer | undefined): void {
    const { underWay } = this.world.stripe;
    underWay.splice(underWay.indexOf(this), 1);
    this.isUnderWay = false;
    this.answer = answer;
    this.world.say?.(`      Stripe ${answer ? `answers ${wordOf(answer)}` : "never hears"} of ${this.key}`);
  }
}

const isSame = (one: Creation, other: Creation): boolean =>
  one.user === other.user && one.deployment === other.deployment && one.email === other.email;

const wordOf = (answer: Answer): string =>
  answer.status === 200 ? `cus_${answer.customer.id}${answer.replayed ? ", replayed," : ""}` : String(answer.status);
