import type Stripe from "stripe";
import { AppError } from "../errors.ts";
import { stripe } from "./client.ts";
import { isMissing, isRefused } from "./errors.ts";

/** What identifies our customer at Stripe: never the email. */
export interface CustomerOwner {
  clerk_user_id: string;
  deployment_id: string;
}

interface Description {
  email?: string;
  name?: string;
}

interface Creation {
  idempotencyKey: string;
  /** Of `performance.now()`: nothing is sent, or sent again, after it. */
  deadline: number;
}

/** A customer as Stripe answered, and whether the answer is of now: one that Stripe replays may be deleted since. */
export interface SeenCustomer {
  object: Stripe.Customer;
  fresh: boolean;
}

/** The SDK sends twice more, and pauses up to 1.5 seconds between. */
const RETRIES = 2;
const PAUSES = 1_500;
const SHORTEST = 1_000;
const LONGEST = 5_000;

/**
 * Creates the customer, or gets what was created under this key before. https://docs.stripe.com/api/idempotent_requests
 *
 * @throws AppError `stripe_unavailable`: unless `isRateLimit`, the customer may exist all the same. `customer_busy`:
 * the deadline is too near, nothing was sent.
 */
export function createCustomer(
  owner: CustomerOwner,
  description: Description,
  { idempotencyKey, deadline }: Creation,
): Promise<SeenCustomer> {
  return withoutRefusedEmail(description, (accepted) => {
    const left = (deadline - performance.now() - PAUSES) / (RETRIES + 1);
    if (left < SHORTEST) throw AppError.customerBusy();
    const timeout = Math.floor(Math.min(left, LONGEST));

    return stripe(async (sdk) => {
      const { lastResponse, ...object } = await sdk.customers.create(
        { ...accepted, metadata: { ...owner } },
        { idempotencyKey, timeout, maxNetworkRetries: RETRIES },
      );
      return { object, fresh: !isReplayed(lastResponse) };
    });
  });
}

/**
 * The oldest living customer of this owner that was created in the window, by the list, which is consistent where
 * Stripe's search lags. https://docs.stripe.com/api/customers/list
 *
 * @param created Unix seconds, both ends included.
 */
export function findCustomer(
  owner: CustomerOwner,
  created: { gte: number; lte: number },
): Promise<SeenCustomer | null> {
  return stripe(async (sdk) => {
    let oldest: Stripe.Customer | null = null;
    for await (const customer of sdk.customers.list({ created, limit: 100 })) {
      const { clerk_user_id, deployment_id } = customer.metadata;
      if (clerk_user_id === owner.clerk_user_id && deployment_id === owner.deployment_id) oldest = customer;
    }
    return oldest && { object: oldest, fresh: false };
  });
}

/** Sets email and name, which also shows that the customer lives; null when it does not. https://docs.stripe.com/api/customers/update */
export async function describeCustomer(id: string, description: Description): Promise<Stripe.Customer | null> {
  try {
    return await withoutRefusedEmail(description, (accepted) => stripe((sdk) => sdk.customers.update(id, accepted)));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The customer, its tombstone when it was deleted, or null when this account knows no such id. https://docs.stripe.com/api/customers/retrieve */
export async function readCustomer(id: string): Promise<Stripe.Customer | Stripe.DeletedCustomer | null> {
  try {
    return await stripe((sdk) => sdk.customers.retrieve(id));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** A customer without an email is better than none; a request that is refused for its email has done nothing. */
async function withoutRefusedEmail<Answer>(description: Description, send: (accepted: Description) => Promise<Answer>) {
  try {
    return await send(description);
  } catch (error) {
    if (description.email === undefined || !isRefused(error, "email")) throw error;
    const { email: _refused, ...accepted } = description;
    return await send(accepted);
  }
}

/** Under Deno the SDK's last response is the fetched one, whatever its types say. */
function isReplayed(response: { headers: unknown }): boolean {
  return new Headers(response.headers as HeadersInit).get("idempotent-replayed") === "true";
}
