/** Stripe as the protocol observes it: customers, idempotency keys, and a clock of its own. */
import type { Creation, CreationRequest } from "./creation_request.ts";
import { belongsTo, type Customer, type Description, isLiving, isRefused } from "./customer.ts";
import {
  metadataOf,
  names,
  OTHER_ACCOUNT,
  OTHER_DEPLOYMENT,
  otherOwners,
  OUR_ACCOUNT,
  OUR_DEPLOYMENT,
  type Owner,
  ownerName,
} from "./owners.ts";
import type { Simulation } from "./simulation.ts";

export type Answer =
  | { status: 200; customer: Customer; replayed: boolean }
  | { status: 400 | 409 | 429 | 500 };

export interface IdempotencyKey {
  /** Of the first request; a request with another description is refused. */
  description: Description;
  firstUsed: number;
  /** Undefined while the first request is in progress. */
  stored: Answer | undefined;
}

/** The customers on a page of the list: few, so that a lookup takes several. */
const PAGE = 2;
/** The most customers that others create. A lease is long enough for the customers of one second, of which two are these. */
const CROWD = 12;
/** Seconds after which a customer appears in Stripe's search. */
const SEARCH_LAG = 120;

export class Stripe {
  readonly customers: Customer[] = [];
  /** Creations that have not ended. */
  readonly underWay: CreationRequest[] = [];
  readonly keys = new Map<string, IdempotencyKey>();
  readonly #sim: Simulation;
  readonly #ahead: number;
  readonly #keyRetention: number;
  #deletions = 0;
  #crowd = 0;

  constructor(sim: Simulation) {
    const { random, assumptions, owners } = sim;
    this.#sim = sim;
    this.#ahead = random.pick([0, -assumptions.clockDifference, assumptions.clockDifference]);
    this.#keyRetention = random.pick([assumptions.keyRetention, Infinity]);

    let age = 10;
    for (const other of otherOwners(owners)) this.#addExisting(other, OUR_DEPLOYMENT, age--);
    for (const owner of owners) {
      const customer = this.#addExisting(owner, OTHER_DEPLOYMENT, age--);
      for (let generation = random.below(3); generation > 0; generation--) {
        const stored = { status: 200, customer, replayed: true } as const;
        const key = this.keyOf(OUR_ACCOUNT, owner, OTHER_DEPLOYMENT, generation);
        this.keys.set(key, { description: customer, firstUsed: 0, stored });
      }
    }
  }

  #addExisting(owner: Owner, deployment: number, age = 0): Customer {
    const description = { metadata: metadataOf(owner, deployment), email: 1 };
    return this.add({ account: OUR_ACCOUNT, owner, description }, age);
  }

  /** The idempotency key of a creation. */
  keyOf(account: number, owner: Owner, deployment: number, generation: number, userId = owner.id): string {
    const { keyIncludesDeployment, keyIncludesOwner, keyIncludesGeneration } = this.#sim.guards;
    const parts = [
      "customer",
      keyIncludesDeployment ? deployment : "_",
      keyIncludesOwner ? ownerName(owner) : ownerName({ kind: "user", id: userId }),
      keyIncludesGeneration ? generation : "_",
    ];
    return `${account === OTHER_ACCOUNT ? "other account: " : ""}${parts.join(":")}`;
  }

  /** The key, unless Stripe has removed it. */
  findKey(key: string): IdempotencyKey | undefined {
    const known = this.keys.get(key);
    if (known && this.#sim.now > known.firstUsed + this.#keyRetention) this.keys.delete(key);
    return this.keys.get(key);
  }

  add({ account, owner, description }: Omit<Creation, "key">, age = 0): Customer {
    const { now, moment } = this.#sim;
    const customer: Customer = {
      id: this.customers.length,
      account,
      owner,
      metadata: description.metadata,
      email: description.email,
      created: now - age + this.#ahead,
      createdAt: moment,
      deletedAt: Infinity,
      deletionRecorded: false,
      answeredAsCreated: false,
    };
    this.customers.push(customer);
    return customer;
  }

  /** A page, newest first. The list by creation time is consistent; the search is not. */
  list(account: number, from: number, to: number, after: Customer | undefined): { data: Customer[]; hasMore: boolean } {
    const { now, guards } = this.#sim;
    const visible = guards.lookupUsesList ? to : Math.min(to, now + this.#ahead - SEARCH_LAG);
    const all = this.customers.filter((customer) =>
      customer.account === account && isLiving(customer) && customer.created >= from && customer.created <= visible &&
      (after === undefined || customer.id < after.id)
    ).reverse();
    return { data: all.slice(0, PAGE), hasMore: all.length > PAGE };
  }

  /** The oldest customer of the owner on a page. */
  findOldest(page: Customer[], owner: Owner): Customer | null {
    const { guards } = this.#sim;
    return page.findLast(({ metadata }) =>
      (!guards.lookupMatchesOwner || names(metadata, owner, guards.lookupMatchesOwnerKind)) &&
      (!guards.lookupMatchesDeployment || metadata.deployment === OUR_DEPLOYMENT)
    ) ?? null;
  }

  /** Customers of an owner whom no call is for, created at once: the account grows while the lookup is under way. */
  addCrowd(): void {
    const { random, owners } = this.#sim;
    const [owner] = otherOwners(owners);
    const count = Math.min(random.between(1, CROWD / 2), CROWD - this.#crowd);
    this.#crowd += count;
    for (let left = count; left > 0; left -= 2) {
      for (let second = Math.min(left, 2); second > 0; second--) this.#addExisting(owner!, OUR_DEPLOYMENT);
      this.#sim.advance(1);
    }
  }

  /** The customer, deleted or not; null when the account has no such id. */
  retrieve(account: number, id: number): Customer | null {
    const customer = this.customers[id]!;
    return customer.account === account ? customer : null;
  }

  /** Sets the email. @returns null when the customer does not exist or is deleted, undefined when it is refused */
  update(account: number, id: number, email: number): Customer | null | undefined {
    const customer = this.retrieve(account, id);
    if (customer === null || !isLiving(customer)) return null;
    if (isRefused(email)) return undefined;
    customer.email = email;
    return customer;
  }

  /** An operator deletes the customer. */
  remove(customer: Customer): void {
    customer.deletedAt = this.#sim.moment;
    // A call tries three generations: it fails only if an operator deletes each of their customers.
    if (++this.#deletions === 3) this.#sim.disturbed = true;
    this.#sim.events.push(customer.id);
    this.#sim.log?.(`✗ an operator deletes cus_${customer.id}`);
  }

  living(owner: Owner): Customer[] {
    return this.customers.filter((customer) => belongsTo(customer, owner) && isLiving(customer));
  }

  /** The first of the requests that are due by then. */
  firstDue(then: number): CreationRequest | undefined {
    return this.underWay.filter(({ due }) => due <= then).sort((one, other) => one.due - other.due)[0];
  }
}
