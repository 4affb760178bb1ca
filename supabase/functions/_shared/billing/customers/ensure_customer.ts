import { background } from "../../background.ts";
import type { User } from "../../clerk/verify_token.ts";
import type { Customer } from "../../contract/customer.ts";
import type { Owner } from "../../contract/owner.ts";
import type * as customerClaims from "../../database/customer_claims.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import type * as customers from "../../stripe/customers.ts";
import { readsFor } from "../../reads.ts";
import { isNotExecuted } from "../../stripe/errors.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { completeProfile } from "./complete_profile.ts";
import { type RefreshGateways, refreshInBackground } from "./refresh_customer.ts";

export interface CustomerGateways extends RefreshGateways {
  database: RefreshGateways["database"] & typeof customerClaims & ReadsGateways["database"];
  stripe: RefreshGateways["stripe"] & typeof customers;
}

/** Milliseconds of the 30 seconds' lease within which requests may be sent to Stripe. */
const LEASE = 25_000;
/** Milliseconds between two claims while another caller holds the lease; after the last, the answer is 503. */
const PAUSES = [100, 200, 300, 400, 500, 500, 500, 500];
/** Seconds: a longer wait is the pause after an inconclusive failure, not another caller's lease. */
const MAX_LEASE_WAIT = 45;
/** A generation ends when it left no existing customer; several in one call mean that Stripe has an outage. */
const MAX_GENERATIONS = 3;

/** The caller's lease; no request is sent to Stripe after the deadline, a time of `performance.now()`. */
type Lease = customerClaims.OpenClaim & { deadline: number };

/**
 * The owner's one Stripe customer, which the first call creates.
 *
 * Any caller may repeat any step: claim, creation under an idempotency key and completion lead to the same customer, so a
 * crash between two steps costs only a retry. The database decides the next step, by its own clock.
 *
 * @param user The caller, who is the owner or a member of it.
 * @throws AppError `customer_busy` (another caller holds the lease, or an inconclusive failure is too recent to look the
 * customer up), `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export function ensureCustomer(owner: Owner, user: User, gateways: CustomerGateways): Promise<Customer> {
  const running = inProgress.get(owner.id);
  if (running) return running.then((customer) => ({ ...customer, created: false }));
  const own = findOrCreate(owner, user, gateways).finally(() => inProgress.delete(owner.id));
  inProgress.set(owner.id, own);
  return own;
}

/** Concurrent calls for one owner share one run, so a page that calls ten times makes one claim. */
const inProgress = new Map<string, Promise<Customer>>();

async function findOrCreate(owner: Owner, user: User, gateways: CustomerGateways): Promise<Customer> {
  const { livemode } = stripeEnv();
  const claim = await acquireLease(owner, gateways.database);
  if (claim.step === "known") {
    const { customer_id, stale } = claim;
    if (stale) refreshInBackground(owner, user, customer_id, gateways);
    return { customer_id, livemode, created: false };
  }
  return await lookUpOrCreate(owner, user, claim, readsFor("customer", gateways))
    .finally(() => background("Recording reads", recordReads(gateways)));
}

async function lookUpOrCreate(owner: Owner, user: User, claim: Lease, gateways: CustomerGateways): Promise<Customer> {
  const { clerk, database, stripe } = gateways;
  const { livemode } = stripeEnv();
  const profile = await clerk.readProfile(owner, user);
  const identity = { owner, deployment_id: claim.deployment_id };

  let lease = claim;
  for (let tried = 0; tried < MAX_GENERATIONS; tried++) {
    let customer = lease.step === "lookup" ? await lookUp(identity, lease, gateways) : null;
    if (customer === null && lease.step === "lookup") lease = await renewLease(owner, lease, database);
    customer ??= await create(identity, lease, gateways);

    // A replayed or looked-up customer may have been deleted or changed since.
    const found = customer.fresh ? customer.object : await stripe.readCustomer(customer.object.id);
    const existing = found === null || found.deleted ? null : await completeProfile(found, profile, stripe);
    if (existing !== null) {
      const { customer_id, won } = await database.completeCustomer(owner.id, lease, existing);
      if (customer_id === null) throw AppError.customerBusy();
      return { customer_id, livemode, created: won };
    }
    lease = await renewLease(owner, lease, database);
  }
  throw AppError.stripeUnavailable(new Error("Stripe returned only deleted customers in several generations"));
}

/** Claims until the customer is known or the caller holds the lease. */
async function acquireLease(
  owner: Owner,
  database: CustomerGateways["database"],
): Promise<customerClaims.KnownCustomer | Lease> {
  for (let claims = 0;; claims++) {
    const started = performance.now();
    const claim = await database.claimCustomer(owner.id);
    if (claim.step === "known") return claim;
    if (claim.step !== "wait") return { ...claim, deadline: started + LEASE };

    const pause = claim.retry_after > MAX_LEASE_WAIT ? undefined : PAUSES[claims];
    if (pause === undefined) throw AppError.customerBusy(claim.retry_after);
    await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random())));
  }
}

/** The next generation, when this one left no existing customer. */
async function renewLease(owner: Owner, lease: Lease, database: CustomerGateways["database"]): Promise<Lease> {
  const started = performance.now();
  // After the lease another caller may have found a customer of this generation and be about to complete it.
  if (started > lease.deadline) throw AppError.customerBusy();
  const claim = await database.renewCustomer(owner.id, lease.generation);
  if (claim.step === "wait") throw AppError.customerBusy(claim.retry_after);
  return { ...claim, deadline: started + LEASE };
}

/**
 * Looks the customer up in the claim's window, page by page. How far it has come is stored with each page, so the next
 * call resumes there: in an account with many new customers one lease is too short for the window. It is long enough for
 * the customers of one second, of which Stripe's rate limit allows about a hundred.
 *
 * @returns The customer, or null when the whole window has none.
 */
async function lookUp(
  identity: customers.CustomerIdentity,
  lease: Lease,
  { database, stripe }: CustomerGateways,
): Promise<customers.FoundCustomer | null> {
  const created = { gte: lease.created_from, lte: lease.created_to };
  let after: string | undefined;
  for (;;) {
    const { customer, last } = await stripe.findCustomer(identity, created, after);
    if (customer !== null || last === null) return customer;
    // Included again, because the next page may have more customers of the same second.
    await database.recordLookup(identity.owner.id, lease.generation, last.created);
    if (performance.now() > lease.deadline) throw AppError.customerBusy();
    after = last.id;
  }
}

async function create(
  identity: customers.CustomerIdentity,
  lease: Lease,
  { database, stripe }: CustomerGateways,
) {
  const { owner, deployment_id } = identity;
  const idempotencyKey = `customer:${deployment_id}:${owner.id}:${lease.generation}`;
  try {
    return await stripe.createCustomer(identity, { idempotencyKey, deadline: lease.deadline });
  } catch (error) {
    // After an inconclusive failure the customer is looked up before anything is created. If failCustomer fails too, the
    // age of the claim leads to the same lookup. A refusal before the execution or an unsent request is conclusive: the
    // next call repeats the generation, because an earlier request of this one may have taken effect.
    const nothingCreated = isNotExecuted(error) || (error instanceof AppError && error.code === "customer_busy");
    if (!nothingCreated) {
      await database.failCustomer(owner.id, lease.generation)
        .catch((cause) => logWarning("The failure of a creation could not be recorded", cause));
    }
    throw error;
  }
}
