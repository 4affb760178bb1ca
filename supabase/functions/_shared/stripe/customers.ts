import type Stripe from "stripe";
import type { Owner, OwnerKind } from "../contract/owner.ts";
import { AppError } from "../errors.ts";
import { logWarning } from "../log.ts";
import { stripe } from "./client.ts";
import { isInvalid, isMissing } from "./errors.ts";
import { pageAfter } from "./page.ts";

/** What identifies an owner's customer at Stripe, in its metadata; never the email. */
export interface CustomerIdentity {
  owner: Owner;
  deployment_id: string;
}

/** The key of the metadata that holds the owner's id. */
const OWNER_KEY: Record<OwnerKind, string> = { user: "clerk_user_id", organization: "clerk_organization_id" };

/** Email and name; fields of the owner's profile that Stripe accepts are set, the others are left out. */
export interface Description {
  email?: string;
  name?: string;
}

/** The longest value that Stripe keeps in metadata. https://docs.stripe.com/metadata */
const MAX_METADATA = 500;

/** The metadata that holds what a field was set to from Clerk. */
const fromClerk = (field: keyof Description) => `${field}_from_clerk`;

/** Whether a field has what Clerk said, or nothing: another value was set at Stripe or at a checkout, and stays. */
export const isFromClerk = (customer: Stripe.Customer, field: keyof Description): boolean =>
  !customer[field] || customer[field] === customer.metadata[fromClerk(field)];

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
 * Creates the customer, or gets the one that was created under this key before. The request names the owner and nothing
 * else, so each request under one key has the same parameters, and Stripe refuses none for a field of the profile.
 * https://docs.stripe.com/api/idempotent_requests
 *
 * @throws AppError `stripe_unavailable`, `not_configured`: the customer may exist unless `isNotExecuted`. `customer_busy`:
 * the deadline is too near, no request was sent.
 */
export function createCustomer(
  { owner, deployment_id }: CustomerIdentity,
  { idempotencyKey, deadline }: Creation,
): Promise<FoundCustomer> {
  return stripe(async (sdk) => {
    const left = (deadline - performance.now() - RETRY_PAUSES) / (RETRIES + 1);
    if (left < MIN_TIMEOUT) throw AppError.customerBusy();
    const { lastResponse, ...object } = await sdk.customers.create(
      { metadata: { [OWNER_KEY[owner.kind]]: owner.id, deployment_id } },
      { idempotencyKey, timeout: Math.floor(Math.min(left, MAX_TIMEOUT)), maxNetworkRetries: RETRIES },
    );
    return { object, fresh: !isReplayed(lastResponse) };
  });
}

/** A page of a lookup: the owner's customer, or the last of the customers that were listed; neither at the end. */
export interface LookupPage {
  customer: FoundCustomer | null;
  last: { id: string; created: number } | null;
}

/**
 * One page of the existing customers that were created in the window, newest first, and the oldest customer of this owner
 * on it. It uses the list, which is consistent, and not the search, which lags. https://docs.stripe.com/api/customers/list
 *
 * @param created Unix seconds, both ends included.
 * @param after The last customer of the page before.
 */
export function findCustomer(
  { owner, deployment_id }: CustomerIdentity,
  created: { gte: number; lte: number },
  after?: string,
): Promise<LookupPage> {
  return stripe(async (sdk) => {
    const { data, has_more } = await sdk.customers.list({ created, ...pageAfter(after) });
    const own = data.findLast(({ metadata }) =>
      metadata[OWNER_KEY[owner.kind]] === owner.id && metadata.deployment_id === deployment_id
    );
    const last = data.at(-1);
    return {
      customer: own === undefined ? null : { object: own, fresh: false },
      last: has_more && last !== undefined ? { id: last.id, created: last.created } : null,
    };
  });
}

/**
 * Sets the fields that Stripe accepts, and notes in the metadata that they are Clerk's. Leaves out the others. Stripe refuses a request as a whole, and does not always
 * name the field, so each field of a refused request is sent on its own. https://docs.stripe.com/api/customers/update
 *
 * @returns The customer after the last accepted request; null when it no longer exists, undefined when all were refused
 */
export async function describeCustomer(id: string, fields: Description): Promise<Stripe.Customer | null | undefined> {
  try {
    return await stripe((sdk) => sdk.customers.update(id, { ...fields, metadata: notesOf(fields) }));
  } catch (error) {
    if (isMissing(error)) return null;
    if (!isInvalid(error)) throw error;
    const names = Object.keys(fields) as (keyof Description)[];
    if (names.length < 2) {
      logWarning(`Stripe refused a field of a customer: ${names}`, error);
      return undefined;
    }
    let described: Stripe.Customer | undefined;
    for (const name of names) {
      const accepted = await describeCustomer(id, { [name]: fields[name] });
      if (accepted === null) return null;
      described = accepted ?? described;
    }
    return described;
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

/** A longer value is not noted, so that later changes at Clerk leave it as it is. */
const notesOf = (fields: Description): Record<string, string> =>
  Object.fromEntries(
    (Object.entries(fields) as [keyof Description, string][])
      .filter(([, value]) => value.length <= MAX_METADATA)
      .map(([field, value]) => [fromClerk(field), value]),
  );

/** Under Deno the SDK's last response is the one of `fetch`, unlike its type. */
function isReplayed(response: { headers: unknown }): boolean {
  return new Headers(response.headers as HeadersInit).get("idempotent-replayed") === "true";
}
