/** What is promised, checked at the moment it could be broken. */
import type { Ticket } from "./database.ts";
import { type Customer, isTheUsers } from "./stripe.ts";
import type { Process, World } from "./world.ts";

/** A promise that this schedule broke. */
export class Broken {
  constructor(readonly promise: string) {}
}

export class Promises {
  readonly #world: World;
  /** Every customer that was ever answered as the user's. */
  readonly #answered = new Set<number>();

  constructor(world: World) {
    this.#world = world;
  }

  whenCreated(): void {
    if (this.#world.stripe.living().length > 1) throw new Broken("The user has two living customers");
  }

  whenMapped(customer: Customer, { began }: Process): void {
    if (!isTheUsers(customer)) throw new Broken("The row holds a customer that is not the user's");
    if (customer.deletionRecorded) throw new Broken("The row holds a customer whose deletion was recorded");
    if (customer.deletedAt > 0 && customer.deletedAt < began) {
      throw new Broken("A call completes a customer that was deleted before the call began");
    }
  }

  whenDeletionRecorded({ drawn }: Ticket, customer: Customer): void {
    customer.deletionRecorded ||= customer.deletedAt > 0 && customer.deletedAt < drawn;
    if (customer.deletionRecorded && this.#world.database.row.customer === customer.id) {
      throw new Broken("The row still holds a customer whose deletion was recorded");
    }
  }

  /** A 200, or a 201 when this call made it so. */
  whenAnswered(id: number, created: boolean, { held }: Process): void {
    const { customers } = this.#world.stripe;
    const customer = customers[id]!;
    if (id !== held) throw new Broken("A call answers a customer that the row did not hold");
    for (const other of this.#answered) {
      if (other !== id && liveTogether(customer, customers[other]!)) {
        throw new Broken("Two customers that lived at one time are both answered as the user's");
      }
    }
    if (created && customer.won) throw new Broken("Two calls answer 201 for one customer");
    customer.won ||= created;
    this.#answered.add(id);
  }

  /** A 503 because of Stripe. */
  whenUnavailable(): void {
    if (!this.#world.troubled) throw new Broken("A call fails though nothing went wrong");
  }

  atTheEnd(): void {
    const { stripe, database: { row } } = this.#world;
    const living = stripe.living();
    if (living.length !== 1) throw new Broken(`In the end the user has ${living.length} living customers`);
    if (living[0]!.id !== row.customer) throw new Broken("In the end the row does not hold the living customer");
  }
}

const liveTogether = (one: Customer, other: Customer): boolean =>
  (one.deletedAt || Infinity) > other.bornAt && (other.deletedAt || Infinity) > one.bornAt;
