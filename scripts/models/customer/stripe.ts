/** Stripe, as far as a user's customer can notice it: customers, idempotency keys, and a clock of its own. */
import type { CreationRequest } from "./creation_request.ts";
import {
  type Customer,
  type Description,
  isAlive,
  isTheUsers,
  OTHER,
  OTHER_DEPLOYMENT,
  OTHER_USER,
  OURS,
  OWNER,
  type Owner,
} from "./customer.ts";
import type { World } from "./world.ts";

export type Answer =
  | { status: 200; customer: Customer; replayed: boolean }
  | { status: 400 | 409 | 429 | 500 };

export interface Key {
  /** Of the first request; whoever says something else is refused. */
  description: Description;
  firstUsed: number;
  /** Undefined while the first request is in progress. */
  stored: Answer | undefined;
}

export class Stripe {
  readonly customers: Customer[] = [];
  /** Creations that have not come to their end. */
  readonly underWay: CreationRequest[] = [];
  readonly keys = new Map<string, Key>();
  readonly #world: World;
  readonly #ahead: number;
  readonly #remembers: number;

  constructor(world: World) {
    const { random, assumptions } = world;
    this.#world = world;
    this.#ahead = random.pick([0, -assumptions.clocksDiffer, assumptions.clocksDiffer]);
    this.#remembers = random.pick([assumptions.keysRemembered, Infinity]);

    this.add(OURS, { ...OTHER_USER, email: 1 });
    const customer = this.add(OURS, { ...OTHER_DEPLOYMENT, email: 1 });
    for (let generation = random.below(3); generation > 0; generation--) {
      const stored = { status: 200, customer, replayed: true } as const;
      this.keys.set(this.keyOf(OURS, OTHER_DEPLOYMENT, generation), { description: customer, firstUsed: 0, stored });
    }
  }

  keyOf(account: number, { user, deployment }: Owner, generation: number): string {
    const { keyCarriesTheDeployment, keyCarriesTheGeneration } = this.#world.guards;
    const key = [
      "customer",
      keyCarriesTheDeployment ? deployment : "_",
      user,
      keyCarriesTheGeneration ? generation : "_",
    ];
    return `${account === OTHER ? "elsewhere " : ""}${key.join(":")}`;
  }

  /** What is remembered of a key. */
  recall(key: string): Key | undefined {
    const known = this.keys.get(key);
    if (known && this.#world.now > known.firstUsed + this.#remembers) this.keys.delete(key);
    return this.keys.get(key);
  }

  add(account: number, { user, deployment, email }: Description): Customer {
    const { now, moment } = this.#world;
    const customer: Customer = {
      id: this.customers.length,
      account,
      user,
      deployment,
      email,
      created: now + this.#ahead,
      bornAt: moment,
      deletedAt: Infinity,
      deletionRecorded: false,
      won: false,
    };
    this.customers.push(customer);
    return customer;
  }

  /** The list by creation is consistent; the search lags, by two minutes here. */
  findOldest(account: number, from: number, to: number): Customer | null {
    const { now, guards } = this.#world;
    const visible = guards.listIsNotSearched ? to : Math.min(to, now + this.#ahead - 120);
    return this.customers.find((customer) =>
      customer.account === account && isAlive(customer) && customer.created >= from && customer.created <= visible &&
      (customer.user === OWNER.user || !guards.adoptedIsOfTheUser) &&
      (customer.deployment === OWNER.deployment || !guards.adoptedIsOfTheDeployment)
    ) ?? null;
  }

  /** The customer, deleted or not; null when this account knows no such id. */
  read(account: number, id: number): Customer | null {
    const customer = this.customers[id]!;
    return customer.account === account ? customer : null;
  }

  /** Null when there is none that lives. */
  describe(account: number, id: number, email: number): Customer | null {
    const customer = this.read(account, id);
    if (customer === null || !isAlive(customer)) return null;
    customer.email ||= email;
    return customer;
  }

  /** An operator deletes it. */
  remove(customer: Customer): void {
    customer.deletedAt = this.#world.moment;
    this.#world.events.push(customer.id);
    this.#world.say?.(`✗ an operator deletes cus_${customer.id}`);
  }

  living(): Customer[] {
    return this.customers.filter((customer) => isTheUsers(customer) && isAlive(customer));
  }

  /** The first of the requests that must come to their end until then. */
  firstDue(then: number): CreationRequest | undefined {
    return this.underWay.filter(({ due }) => due <= then).sort((one, other) => one.due - other.due)[0];
  }
}
