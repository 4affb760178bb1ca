/** What is promised, each checked at the moment when it could be broken. */
import type { Ticket } from "./database.ts";
import { type Customer, isTheUsers } from "./customer.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

export const PROMISES = {
  oneLives: "A user never has two living customers",
  rowIsTheUsers: "The row holds no customer but the user's",
  deletedIsGone: "The row holds no customer whose deletion is recorded, or older than the call that completes it",
  answerIsTheRows: "A call answers what the row held",
  answerStays: "Every call answers the same customer, unless it is deleted",
  createdOnce: "One call answers 201 for a customer",
  nobodyFailsForNothing: "A call fails only when something went wrong",
  wellIsSoon: "Once all goes well again, there is a customer within minutes",
  oneRemains: "In the end the user has one living customer, and the row holds it",
} as const;

export type Promised = keyof typeof PROMISES;

/** Ends a schedule. */
export class Broken {
  constructor(readonly promise: Promised) {}
}

export class Promises {
  readonly #world: World;
  /** Every customer that was ever answered. */
  readonly #answered = new Set<Customer>();

  constructor(world: World) {
    this.#world = world;
  }

  whenCreated(): void {
    if (this.#world.stripe.living().length > 1) throw new Broken("oneLives");
  }

  whenMapped(customer: Customer, { began }: Process): void {
    if (!isTheUsers(customer)) throw new Broken("rowIsTheUsers");
    if (customer.deletionRecorded || customer.deletedAt < began) throw new Broken("deletedIsGone");
  }

  /** A look from before the deletion may record it too, but only one from after it binds. */
  whenDeletionRecorded({ drawn }: Ticket, customer: Customer): void {
    customer.deletionRecorded ||= customer.deletedAt < drawn;
    const { row } = this.#world.database;
    if (customer.deletionRecorded && row.customer === customer.id) throw new Broken("deletedIsGone");
  }

  whenAnswered(customer: Customer, created: boolean, { held }: Process): void {
    if (customer.id !== held) throw new Broken("answerIsTheRows");
    for (const other of this.#answered) {
      if (other !== customer && liveTogether(other, customer)) throw new Broken("answerStays");
    }
    if (created && customer.won) throw new Broken("createdOnce");
    customer.won ||= created;
    this.#answered.add(customer);
  }

  whenUnavailable(): void {
    if (!this.#world.troubled) throw new Broken("nobodyFailsForNothing");
  }

  atTheEnd(): void {
    const [living, ...others] = this.#world.stripe.living();
    if (others.length > 0 || living?.id !== this.#world.database.row.customer) throw new Broken("oneRemains");
  }
}

const liveTogether = (one: Customer, other: Customer): boolean =>
  one.deletedAt > other.bornAt && other.deletedAt > one.bornAt;
