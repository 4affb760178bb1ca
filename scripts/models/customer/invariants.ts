/** The invariants, each checked at the moment at which it could be violated. */
import { Violation as EndOfRun } from "../lib/violation.ts";
import { belongsTo, type Customer, existedTogether } from "./customer.ts";
import type { Ticket } from "./database.ts";
import type { Owner } from "./owners.ts";
import type { Call, Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";

export const INVARIANTS = {
  atMostOneLivingCustomer: "An owner never has two living customers",
  mappingHoldsOwnCustomer: "The mapping holds no customer of another owner",
  mappingHoldsNoDeletedCustomer:
    "The mapping holds no customer that was deleted, as recorded or before its process began",
  answerMatchesMapping: "A call answers the customer that the mapping held",
  answersAgree: "Every call for one owner answers the same customer, unless it is deleted",
  createdIsAnsweredOnce: "One call answers 201 for a customer",
  noFailureWithoutFault: "A call fails only after a fault",
  recoversWithinMinutes: "A call gets a customer within minutes after the last fault",
  exactlyOneCustomerPerOwner: "At quiescence every owner has exactly one living customer, and the mapping holds it",
} as const;

export type Invariant = keyof typeof INVARIANTS;

/** Ends a schedule. */
export class Violation extends EndOfRun<Invariant> {}

export class InvariantChecks {
  readonly #sim: Simulation;
  readonly #answered = new Map<Owner, Set<Customer>>();

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  whenCreated(): void {
    const { owners, stripe } = this.#sim;
    if (owners.some((owner) => stripe.living(owner).length > 1)) throw new Violation("atMostOneLivingCustomer");
  }

  whenMapped(owner: Owner, customer: Customer, { began }: Process): void {
    if (!belongsTo(customer, owner)) throw new Violation("mappingHoldsOwnCustomer");
    if (customer.deletionRecorded || customer.deletedAt < began) throw new Violation("mappingHoldsNoDeletedCustomer");
  }

  /** A fetch from before the deletion may record it too, but only one from after it is binding. */
  whenDeletionRecorded({ drawn }: Ticket, customer: Customer): void {
    customer.deletionRecorded ||= customer.deletedAt < drawn;
    if (customer.deletionRecorded && this.#sim.database.isMapped(customer.id)) {
      throw new Violation("mappingHoldsNoDeletedCustomer");
    }
  }

  whenAnswered(customer: Customer, created: boolean, { owner, mapped }: Call): void {
    if (customer.id !== mapped) throw new Violation("answerMatchesMapping");
    const answered = this.#answered.get(owner) ?? new Set();
    for (const other of answered) {
      if (other !== customer && existedTogether(other, customer)) throw new Violation("answersAgree");
    }
    if (created && customer.answeredAsCreated) throw new Violation("createdIsAnsweredOnce");
    customer.answeredAsCreated ||= created;
    this.#answered.set(owner, answered.add(customer));
  }

  whenUnavailable(): void {
    if (!this.#sim.disturbed) throw new Violation("noFailureWithoutFault");
  }

  atQuiescence(): void {
    const { owners, stripe, database } = this.#sim;
    for (const owner of owners) {
      const [living, ...others] = stripe.living(owner);
      if (others.length > 0 || living?.id !== database.mapping(owner).customer) {
        throw new Violation("exactlyOneCustomerPerOwner");
      }
    }
  }
}
