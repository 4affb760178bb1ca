import { background } from "../../background.ts";
import type { Profile } from "../../clerk/profiles.ts";
import type { User } from "../../clerk/verify_token.ts";
import type { Customer } from "../../contract/customer.ts";
import type * as claims from "../../database/customer_claims.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import type * as customers from "../../stripe/customers.ts";
import { isRateLimit } from "../../stripe/errors.ts";
import { type AccountGateways, confirmAccount } from "../sync/confirm_account.ts";
import { refreshCustomer } from "./refresh_customer.ts";
import type { Mirror } from "../sync/fetch_and_record.ts";

export interface CustomerGateways {
  clerk: { readProfile(user: User): Promise<Profile> };
  database: typeof claims & Mirror & AccountGateways["database"];
  stripe: typeof customers & AccountGateways["stripe"];
}

/** Milliseconds of the 30 seconds' lease within which something may be sent to Stripe. */
const LEASE = 25_000;
/** Milliseconds between asking whose turn it is; after the last, the caller is asked to come back. */
const PAUSES = [100, 200, 300, 400, 500, 500, 500, 500];
/** Seconds: who is asked to wait longer waits for a failure to cool, not for another caller's lease of thirty. */
const LONGEST_TURN = 45;
/** A generation ends when nothing living came of it; more than a few in one call mean that Stripe is ill. */
const MAX_GENERATIONS = 3;

/** This caller's turn; of `performance.now()`, nothing is sent to Stripe after the deadline. */
type Lease = claims.OpenClaim & { deadline: number };

/**
 * The one Stripe customer of a user, created on the first call.
 *
 * Anybody may repeat any step at any time: claim, keyed creation and completion lead to the same customer, so a crash
 * between two of them costs a retry and nothing else. What to do next is the database's word, by its clock alone.
 *
 * @throws AppError `customer_busy` (somebody else is at it, or a failure is too fresh to look behind it),
 * `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export function ensureCustomer(user: User, gateways: CustomerGateways): Promise<Customer> {
  const running = underWay.get(user.id);
  if (running) return running.then((customer) => ({ ...customer, created: false }));
  const own = findOrCreate(user, gateways).finally(() => underWay.delete(user.id));
  underWay.set(user.id, own);
  return own;
}

/** A browser that calls ten times at once asks the database once. */
const underWay = new Map<string, Promise<Customer>>();

async function findOrCreate(user: User, gateways: CustomerGateways): Promise<Customer> {
  const { clerk, database, stripe } = gateways;
  const { livemode } = stripeEnv();
  const claim = await acquireLease(user.id, database);
  if (claim.step === "known") {
    const { customer_id, stale } = claim;
    if (stale) background("Looking at a known customer", refreshCustomer(user, customer_id, gateways));
    return { customer_id, livemode, created: false };
  }

  const [profile] = await Promise.all([clerk.readProfile(user), confirmAccount(gateways)]);
  const owner = { clerk_user_id: user.id, deployment_id: claim.deployment_id };

  let lease = claim;
  for (let tried = 0; tried < MAX_GENERATIONS; tried++) {
    let customer = lease.step === "lookup"
      ? await stripe.findCustomer(owner, { gte: lease.created_from, lte: lease.created_to })
      : null;
    if (customer === null && lease.step === "lookup") lease = await renewLease(user.id, lease, database);
    customer ??= await create(owner, profile, lease, gateways);

    // A replayed answer or an adopted customer may have been deleted since: describing it shows that it lives.
    const living = customer.fresh ? customer.object : await stripe.describeCustomer(customer.object.id, profile);
    if (living !== null) {
      const { customer_id, won } = await database.completeCustomer(user.id, lease, living);
      if (customer_id === null) throw AppError.customerBusy();
      return { customer_id, livemode, created: won };
    }
    lease = await renewLease(user.id, lease, database);
  }
  throw AppError.stripeUnavailable(new Error("Stripe gave no living customer in several generations"));
}

/** Asks until the customer is known or it is this caller's turn. */
async function acquireLease(
  userId: string,
  database: CustomerGateways["database"],
): Promise<claims.KnownCustomer | Lease> {
  for (let asked = 0;; asked++) {
    const started = performance.now();
    const claim = await database.claimCustomer(userId);
    if (claim.step === "known") return claim;
    if (claim.step !== "wait") return { ...claim, deadline: started + LEASE };

    const pause = claim.retry_after > LONGEST_TURN ? undefined : PAUSES[asked];
    if (pause === undefined) throw AppError.customerBusy(claim.retry_after);
    await new Promise((resume) => setTimeout(resume, pause * (0.5 + Math.random())));
  }
}

/** The next generation, when this one has left no living customer. */
async function renewLease(userId: string, lease: Lease, database: CustomerGateways["database"]): Promise<Lease> {
  const started = performance.now();
  // After the lease somebody else may have found a customer of this generation and be about to complete it.
  if (started > lease.deadline) throw AppError.customerBusy();
  const claim = await database.renewCustomer(userId, lease.generation);
  if (claim.step === "wait") throw AppError.customerBusy(claim.retry_after);
  return { ...claim, deadline: started + LEASE };
}

async function create(
  owner: customers.CustomerOwner,
  profile: Profile,
  lease: Lease,
  { database, stripe }: CustomerGateways,
) {
  const idempotencyKey = `customer:${owner.deployment_id}:${owner.clerk_user_id}:${lease.generation}`;
  try {
    return await stripe.createCustomer(owner, profile, { idempotencyKey, deadline: lease.deadline });
  } catch (error) {
    // It may exist all the same: a failure is looked behind before anything is created again. If even this note is
    // lost, the claim's age tells. Refused for its rate, or not sent, it does not exist.
    const nothingDone = isRateLimit(error) || (error instanceof AppError && error.code === "customer_busy");
    if (!nothingDone) {
      await database.failCustomer(owner.clerk_user_id, lease.generation)
        .catch((cause) => logWarning("A failed creation could not be noted", cause));
    }
    throw error;
  }
}
