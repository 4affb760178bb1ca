/** The database: the owners' mappings, the mirror of customers, tickets. Each function is one transaction. */
import type { Customer } from "./customer.ts";
import { names, OUR_ACCOUNT, OUR_DEPLOYMENT, type Owner } from "./owners.ts";
import type { Call, Process } from "./process.ts";
import type { Simulation } from "./simulation.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LEASE = 30;
const MARGIN = 5 * MINUTE;

/** A row of stripe_customer_mapping. */
export interface Mapping {
  customer: number | null;
  generation: number;
  claimedAt: number | null;
  leaseUntil: number | null;
  failedAt: number | null;
  /** No customer of this generation is younger, by Stripe's clock. */
  lookedUpTo: number | null;
}

const NO_MAPPING: Readonly<Mapping> = {
  customer: null,
  generation: 1,
  claimedAt: null,
  leaseUntil: null,
  failedAt: null,
  lookedUpTo: null,
};

/** The number decides; the moment at which it was drawn is for the invariants. */
export interface Ticket {
  number: number;
  drawn: number;
}

export interface Lease {
  step: "create" | "lookup";
  generation: number;
  ticket: Ticket;
  /** Null where there is nothing to look up. */
  from: number | null;
  to: number | null;
}

export type Claim =
  | { step: "known"; customer: number; stale: boolean }
  | { step: "wait"; retryAfter: number }
  | Lease;

/** A row of stripe_customers. */
interface MirroredCustomer {
  ticket: number;
  deleted: boolean;
  fetchedAt: number;
}

export class Database {
  readonly mirror: (MirroredCustomer | undefined)[] = [];
  /** When the present transaction began. */
  now = 0;
  readonly #sim: Simulation;
  readonly #mappings = new Map<Owner, Mapping>();
  #tickets = 0;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** The owner's row, or the values of a row that does not exist yet. */
  mapping(owner: Owner): Readonly<Mapping> {
    return this.#mappings.get(owner) ?? NO_MAPPING;
  }

  isMapped(customer: number): boolean {
    return this.#mappings.values().some((mapping) => mapping.customer === customer);
  }

  #insert(owner: Owner): Mapping {
    const mapping = { ...NO_MAPPING };
    this.#mappings.set(owner, mapping);
    return mapping;
  }

  drawTicket(): Ticket {
    return { number: ++this.#tickets, drawn: this.#sim.moment };
  }

  /** claim_customer: what the caller does next. */
  claim(owner: Owner): Claim {
    const { now } = this;
    const { guards } = this.#sim;
    const mapping = this.#mappings.get(owner) ?? this.#insert(owner);
    if (mapping.customer !== null) {
      const seen = this.mirror[mapping.customer];
      return {
        step: "known",
        customer: mapping.customer,
        stale: seen === undefined || seen.fetchedAt < now - DAY,
      };
    }

    let { failedAt } = mapping;
    if (guards.oldClaimsAreLookedUp && mapping.claimedAt !== null && mapping.claimedAt < now - HOUR) {
      failedAt ??= (guards.oldClaimFailsAtLastLeaseEnd ? mapping.leaseUntil : null) ?? mapping.claimedAt;
    }

    const leased = mapping.leaseUntil !== null && mapping.leaseUntil > now && guards.oneCallerPerLease;
    const recent = failedAt !== null && failedAt > now - MINUTE && guards.waitAfterFailure;
    if (leased || recent) {
      return { step: "wait", retryAfter: Math.max(mapping.leaseUntil ?? 0, (failedAt ?? -MINUTE) + MINUTE) - now };
    }

    const { claimedAt } = mapping;
    mapping.claimedAt = guards.claimedAtIsKept ? claimedAt ?? now : now;
    mapping.leaseUntil = now + LEASE;
    mapping.failedAt = failedAt;
    return {
      step: failedAt === null ? "create" : "lookup",
      generation: mapping.generation,
      ticket: this.drawTicket(),
      from: claimedAt === null ? null : claimedAt - (guards.windowStartsEarlier ? MARGIN : 0),
      to: mapping.lookedUpTo ?? (failedAt === null ? null : failedAt + (guards.windowEndsLater ? MARGIN : 0)),
    };
  }

  /** fail_customer: a creation ended without a conclusive answer. */
  fail(owner: Owner, generation: number): void {
    const { now } = this;
    const { guards } = this.#sim;
    const mapping = this.#mappings.get(owner)!;
    if ((mapping.generation !== generation && guards.failureNamesGeneration) || mapping.customer !== null) return;
    const failed = guards.failureIsDatedAtLeaseEnd ? Math.max(now, mapping.leaseUntil ?? now) : now;
    mapping.failedAt = guards.laterFailureIsKept ? Math.max(mapping.failedAt ?? failed, failed) : failed;
  }

  /** record_lookup: none of the customers that were created after this second is the owner's. */
  recordLookup(owner: Owner, generation: number, created: number): void {
    const mapping = this.#mappings.get(owner)!;
    if (mapping.generation !== generation || mapping.failedAt === null) return;
    mapping.lookedUpTo = Math.min(mapping.lookedUpTo ?? created, created);
  }

  /** renew_customer: this generation left no living customer, and the caller begins the next. */
  renew(owner: Owner, generation: number): Claim {
    const { now } = this;
    const { guards } = this.#sim;
    const mapping = this.#mappings.get(owner)!;
    if ((mapping.generation !== generation && guards.renewalIsCompareAndSet) || mapping.customer !== null) {
      return { step: "wait", retryAfter: 1 };
    }
    mapping.generation++;
    mapping.claimedAt = now;
    mapping.leaseUntil = now + LEASE;
    if (guards.renewalClearsFailure) mapping.failedAt = null;
    if (guards.renewalClearsLookup) mapping.lookedUpTo = null;
    return { step: "create", generation: mapping.generation, ticket: this.drawTicket(), from: null, to: null };
  }

  /** complete_customer: maps the customer, unless the generation has ended, another was mapped, or it is deleted. */
  complete(
    call: Call,
    { generation, ticket }: Lease,
    customer: Customer,
    isAlive = this.recordLiving(ticket, customer),
  ): { customer: number | null; won: boolean } {
    const { guards, invariants } = this.#sim;
    const mapping = this.#mappings.get(call.owner);
    // The switch has emptied the table.
    if (mapping === undefined) return { customer: null, won: false };
    const won = isAlive &&
      (mapping.generation === generation || !guards.completionChecksGeneration) &&
      (mapping.customer === null || !guards.completionKeepsFirst);
    if (won) {
      mapping.customer = customer.id;
      mapping.leaseUntil = mapping.failedAt = mapping.lookedUpTo = null;
      invariants.whenMapped(call.owner, customer, call);
    }
    return { customer: mapping.customer, won };
  }

  /** The first half of a completion. The lock on the customer's row keeps the halves in one transaction. */
  recordLiving(ticket: Ticket, customer: Customer): boolean {
    this.record(ticket, customer, false);
    return !this.mirror[customer.id]!.deleted || !this.#sim.guards.completionRejectsTombstones;
  }

  /** record_objects for one customer; a trigger retires a customer whose tombstone is recorded. */
  record(ticket: Ticket, customer: Customer, deleted: boolean): void {
    const { mirror, now } = this;
    const { guards, invariants } = this.#sim;
    if (!guards.ticketIsDrawnBeforeFetch) ticket = { ...ticket, number: ++this.#tickets };
    const before = mirror[customer.id];
    if (before === undefined || ticket.number >= before.ticket || !guards.newestTicketWins) {
      mirror[customer.id] = { ticket: ticket.number, deleted, fetchedAt: now };
      if (deleted && guards.tombstoneRetiresCustomer) this.#retire(customer.id);
    }
    if (deleted) invariants.whenDeletionRecorded(ticket, customer);
  }

  #retire(customer: number): void {
    const { guards } = this.#sim;
    for (const mapping of this.#mappings.values()) {
      if (mapping.customer !== customer) continue;
      mapping.customer = null;
      if (guards.retirementClearsClaim) mapping.claimedAt = null;
      if (guards.retirementStartsGeneration) mapping.generation++;
    }
  }

  /** rebuild_mappings: maps every owner without a row to its oldest living customer in the mirror. */
  rebuild(process: Process): void {
    const { guards, invariants, owners, stripe } = this.#sim;
    for (const owner of owners) {
      if (this.#mappings.has(owner) && guards.rebuildSkipsExistingRows) continue;
      const oldest = stripe.customers.find((customer) => this.#isRebuiltFrom(customer, owner));
      const mapping = this.#mappings.get(owner) ?? (oldest && this.#insert(owner));
      if (mapping === undefined || oldest === undefined || mapping.customer === oldest.id) continue;
      mapping.customer = oldest.id;
      mapping.leaseUntil = mapping.failedAt = mapping.lookedUpTo = null;
      invariants.whenMapped(owner, oldest, process);
    }
  }

  #isRebuiltFrom({ id, account, metadata }: Customer, owner: Owner): boolean {
    const { guards } = this.#sim;
    const row = this.mirror[id];
    return row !== undefined && account === OUR_ACCOUNT && (!row.deleted || !guards.rebuildSkipsDeleted) &&
      names(metadata, owner, guards.rebuildMatchesOwnerKind) &&
      (metadata.deployment === OUR_DEPLOYMENT || !guards.rebuildMatchesDeployment);
  }
}
