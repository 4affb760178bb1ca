import type Stripe from "stripe";
import type { Owner, OwnerKind } from "../contract/owner.ts";
import { AppError } from "../errors.ts";
import { stripe } from "./client.ts";
import { isInvalidParameter, isMissing } from "./errors.ts";

/** What identifies an owner's customer at Stripe, in its metadata; never the email. */
export interface CustomerIdentity {
  owner: Owner;
  deployment_id: string;
}

/** The key of the metadata that holds the owner's id. */
const OWNER_KEY: Record<OwnerKind, string> = { user: "clerk_user_id", organization: "clerk_organization_id" };

interface Description {
  email?: string;
  name?: string;
}

interface Creation {
  idempotencyKey: string;
  /** A time of `performance.now()`; no request is sent or retried after it. */
  deadline: number;
}

/** A customer as Stripe answered; without `fresh` it may have been deleted since, because the answer may be a replay. */
export interface FoundCustomer {
  object: Stripe.Customer;
  fresh: boolean;
}

/** The SDK retries twice and pauses up to 1.5 seconds in between. */
const RETRIES = 2;
const RETRY_PAUSES = 1_500;
const MIN_TIMEOUT = 1_000;
const MAX_TIMEOUT = 5_000;

/**
 * Creates the customer, or gets the one that was created under this key before.
 * https://docs.stripe.com/api/idempotent_requests
 *
 * @throws AppError `stripe_unavailable`: the customer may exist unless `isRateLimit`. `customer_busy`: the deadline is
 * too near, no request was sent.
 */
export function createCustomer(
  { owner, deployment_id }: CustomerIdentity,
  description: Description,
  { idempotencyKey, deadline }: Creation,
): Promise<FoundCustomer> {
  return withoutRefusedEmail(description, (accepted) => {
    const left = (deadline - performance.now() - RETRY_PAUSES) / (RETRIES + 1);
    if (left < MIN_TIMEOUT) throw AppError.customerBusy();
    const timeout = Math.floor(Math.min(left, MAX_TIMEOUT));

    return stripe(async (sdk) => {
      const { lastResponse, ...object } = await sdk.customers.create(
        { ...accepted, metadata: { [OWNER_KEY[owner.kind]]: owner.id, deployment_id } },
        { idempotencyKey, timeout, maxNetworkRetries: RETRIES },
      );
      return { object, fresh: !isReplayed(lastResponse) };
    });
  });
}

/**
 * The oldest existing customer of this owner that was created in the window. It uses the list, which is consistent, and
 * not the search, which lags. https://docs.stripe.com/api/customers/list
 *
 * @param created Unix seconds, both ends included.
 */
export function findCustomer(
  { owner, deployment_id }: CustomerIdentity,
  created: { gte: number; lte: number },
): Promise<FoundCustomer | null> {
  return stripe(async (sdk) => {
    let oldest: Stripe.Customer | null = null;
    for await (const customer of sdk.customers.list({ created, limit: 100 })) {
      const { metadata } = customer;
      if (metadata[OWNER_KEY[owner.kind]] === owner.id && metadata.deployment_id === deployment_id) oldest = customer;
    }
    return oldest && { object: oldest, fresh: false };
  });
}

/** Sets email and name; null when the customer no longer exists. https://docs.stripe.com/api/customers/update */
export async function describeCustomer(id: string, description: Description): Promise<Stripe.Customer | null> {
  try {
    return await withoutRefusedEmail(description, (accepted) => stripe((sdk) => sdk.customers.update(id, accepted)));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * The customer, its tombstone when it was deleted, or null when this account has no such id.
 * https://docs.stripe.com/api/customers/retrieve
 */
export async function readCustomer(id: string): Promise<Stripe.Customer | Stripe.DeletedCustomer | null> {
  try {
    return await stripe((sdk) => sdk.customers.retrieve(id));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Sends once more without the email if Stripe refuses it: such a request has changed nothing. */
async function withoutRefusedEmail<Answer>(description: Description, send: (accepted: Description) => Promise<Answer>) {
  try {
    return await send(description);
  } catch (error) {
    if (description.email === undefined || !isInvalidParameter(error, "email")) throw error;
    const { email: _refused, ...accepted } = description;
    return await send(accepted);
  }
}

/** Under Deno the SDK's last response is the one of `fetch`, unlike its type. */
function isReplayed(response: { headers: unknown }): boolean {
  return new Headers(response.headers as HeadersInit).get("idempotent-replayed") === "true";
}
