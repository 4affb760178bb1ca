/** The database: one user's row, the mirror of customers, tickets; each function is one transaction of customer_claims.sql. */
import type { Customer } from "./customer.ts";
import type { Process } from "./process.ts";
import type { World } from "./world.ts";

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
}

/** The number decides; the moment it was drawn is for the promises alone. */
export interface Ticket {
  number: number;
  drawn: number;
}

export interface Turn {
  step: "create" | "look";
  generation: number;
  ticket: Ticket;
  /** Null where there is nothing to look for. */
  from: number | null;
  to: number | null;
}

export type Claim =
  | { step: "known"; customer: number; stale: boolean }
  | { step: "wait"; retryAfter: number }
  | Turn;

/** A row of stripe_customers. */
interface Mirrored {
  ticket: number;
  deleted: boolean;
  observedAt: number;
}

export class Database {
  readonly row: Mapping = { customer: null, generation: 1, claimedAt: null, leaseUntil: null, failedAt: null };
  readonly mirror: (Mirrored | undefined)[] = [];
  /** When the present transaction began. */
  now = 0;
  readonly #world: World;
  #tickets = 0;

  constructor(world: World) {
    this.#world = world;
  }

  drawTicket(): Ticket {
    return { number: ++this.#tickets, drawn: this.#world.moment };
  }

  /** claim_customer: what the caller has to do next. */
  claim(): Claim {
    const { row, now } = this;
    const { guards } = this.#world;
    if (row.customer !== null) {
      const seen = this.mirror[row.customer];
      return { step: "known", customer: row.customer, stale: seen === undefined || seen.observedAt < now - DAY };
    }

    let { failedAt } = row;
    if (guards.oldClaimsAreLookedBehind && row.claimedAt !== null && row.claimedAt < now - HOUR) {
      failedAt ??= (guards.oldClaimFailsAtItsLastLease ? row.leaseUntil : null) ?? row.claimedAt;
    }

    const leased = row.leaseUntil !== null && row.leaseUntil > now && guards.oneCallerPerLease;
    const recent = failedAt !== null && failedAt > now - MINUTE && guards.waitAfterFailure;
    if (leased || recent) {
      return { step: "wait", retryAfter: Math.max(row.leaseUntil ?? 0, (failedAt ?? -MINUTE) + MINUTE) - now };
    }

    const { claimedAt } = row;
    row.claimedAt = guards.claimedAtStays ? claimedAt ?? now : now;
    row.leaseUntil = now + LEASE;
    row.failedAt = failedAt;
    return {
      step: failedAt === null ? "create" : "look",
      generation: row.generation,
      ticket: this.drawTicket(),
      from: claimedAt === null ? null : claimedAt - (guards.windowBeginsEarlier ? MARGIN : 0),
      to: failedAt === null ? null : failedAt + (guards.windowEndsLater ? MARGIN : 0),
    };
  }

  /** fail_customer: a creation ended without an answer to trust. */
  fail(generation: number): void {
    const { row, now } = this;
    const { guards } = this.#world;
    if ((row.generation !== generation && guards.failureIsOfItsGeneration) || row.customer !== null) return;
    const noted = guards.failureIsDatedAfterTheLease ? Math.max(now, row.leaseUntil ?? now) : now;
    row.failedAt = guards.laterFailureCounts ? Math.max(row.failedAt ?? noted, noted) : noted;
  }

  /** renew_customer: this generation left no living customer, and the caller begins the next. */
  renew(generation: number): Claim {
    const { row, now } = this;
    const { guards } = this.#world;
    if ((row.generation !== generation && guards.renewIsCompareAndSet) || row.customer !== null) {
      return { step: "wait", retryAfter: 1 };
    }
    row.generation++;
    row.claimedAt = now;
    row.leaseUntil = now + LEASE;
    if (guards.renewForgetsTheFailure) row.failedAt = null;
    return { step: "create", generation: row.generation, ticket: this.drawTicket(), from: null, to: null };
  }

  /** complete_customer: the customer, as just seen, is the user's, unless its generation has passed, another won, or it is deleted. */
  complete(
    { generation, ticket }: Turn,
    customer: Customer,
    caller: Process,
    alive = this.recordLiving(ticket, customer),
  ): { customer: number | null; won: boolean } {
    const { row } = this;
    const { guards, promises } = this.#world;
    const won = alive &&
      (row.generation === generation || !guards.completeChecksTheGeneration) &&
      (row.customer === null || !guards.completeKeepsTheFirst);
    if (won) {
      row.customer = customer.id;
      row.leaseUntil = row.failedAt = null;
      promises.whenMapped(customer, caller);
    }
    return { customer: row.customer, won };
  }

  /** The first half of a completion; the customer's locked row keeps the halves together. */
  recordLiving(ticket: Ticket, customer: Customer): boolean {
    this.record(ticket, customer, false);
    return !this.mirror[customer.id]!.deleted || !this.#world.guards.completeRefusesTombstones;
  }

  /** record_objects for one customer; a tombstone retires it, by trigger. */
  record(ticket: Ticket, customer: Customer, deleted: boolean): void {
    const { row, mirror, now } = this;
    const { guards, promises } = this.#world;
    if (!guards.ticketIsDrawnBeforeTheLook) ticket = { ...ticket, number: ++this.#tickets };
    const before = mirror[customer.id];
    if (before === undefined || ticket.number >= before.ticket || !guards.newestTicketWins) {
      mirror[customer.id] = { ticket: ticket.number, deleted, observedAt: now };
      if (deleted && row.customer === customer.id && guards.tombstoneRetires) {
        row.customer = null;
        if (guards.retireForgetsTheClaim) row.claimedAt = null;
        if (guards.retireBeginsAGeneration) row.generation++;
      }
    }
    if (deleted) promises.whenDeletionRecorded(ticket, customer);
  }
}
