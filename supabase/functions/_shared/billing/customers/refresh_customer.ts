import { background } from "../../background.ts";
import type { Profile } from "../../clerk/profiles.ts";
import type { User } from "../../clerk/verify_token.ts";
import type { Owner, OwnerKind } from "../../contract/owner.ts";
import type * as customers from "../../stripe/customers.ts";
import { isRateLimit } from "../../stripe/errors.ts";
import { readsFor } from "../../reads.ts";
import { fetchAndRecord, type Mirror } from "../sync/fetch_and_record.ts";
import { completeProfile } from "./complete_profile.ts";

export interface RefreshGateways {
  clerk: { readProfile(owner: Owner, user: User): Promise<Profile> };
  database: Mirror;
  stripe: Pick<typeof customers, "readCustomer" | "describeCustomer">;
}

/** The fields of a profile; an organization has no email. */
const FIELDS: Record<OwnerKind, readonly (keyof Profile)[]> = { user: ["email", "name"], organization: ["name"] };

/** Milliseconds without a refresh of a customer after one failed, and of every customer after Stripe limited the rate. */
const PAUSE = 60_000;
/** The most customers that are remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 1_000;

/** Refreshes that run or failed, by customer, with the time of `performance.now()` before which none is started again. */
const pausedUntil = new Map<string, number>();
let allPausedUntil = -Infinity;

/**
 * Refreshes a stale customer in the background, unless a refresh of it runs or has just failed: its row stays stale, so
 * every call would send a request to a Stripe that refuses it.
 */
export function refreshInBackground(owner: Owner, user: User, id: string, gateways: RefreshGateways): void {
  const now = performance.now();
  if (now < Math.max(allPausedUntil, pausedUntil.get(id) ?? -Infinity)) return;
  pausedUntil.delete(id);
  pausedUntil.set(id, now + PAUSE);
  if (pausedUntil.size > MAX_REMEMBERED) pausedUntil.delete(pausedUntil.keys().next().value!);

  const refreshing = refreshCustomer(owner, user, id, gateways).then(
    () => void pausedUntil.delete(id), // the database says for a day that it is not stale
    (error) => {
      pausedUntil.set(id, performance.now() + PAUSE);
      if (isRateLimit(error)) allPausedUntil = performance.now() + PAUSE;
      throw error;
    },
  );
  background("Refreshing a known customer", refreshing);
}

/**
 * Fetches a customer that has not been fetched for a day and records it; a deleted one loses its mapping. A field that the
 * customer did not get when it was created, because Clerk did not answer or Stripe refused it, is set now.
 */
export function refreshCustomer(owner: Owner, user: User, id: string, gateways: RefreshGateways): Promise<void> {
  const { clerk, database, stripe } = readsFor("customer", gateways);
  const tombstone = { id, object: "customer", deleted: true };

  return fetchAndRecord(async () => {
    const customer = await stripe.readCustomer(id);
    if (customer === null) return tombstone;
    if (customer.deleted || FIELDS[owner.kind].every((field) => customer[field])) return customer;
    return await completeProfile(customer, await clerk.readProfile(owner, user), stripe) ?? tombstone;
  }, database);
}
