import type { Profile } from "../../clerk/profiles.ts";
import type * as profiles from "../../clerk/profiles.ts";
import type { Owner } from "../../contract/owner.ts";
import { isFromClerk } from "../../stripe/customers.ts";
import type * as customers from "../../stripe/customers.ts";
import { unconfirmed } from "./unconfirmed.ts";
import type Stripe from "stripe";

export interface FollowGateways {
  clerk: Pick<typeof profiles, "fetchProfile">;
  stripe: Pick<typeof customers, "readCustomer" | "describeCustomer">;
}

/** Profiles that change so often in a row are changed by a program; a later event describes the customer. */
const MAX_ROUNDS = 5;

/**
 * Describes a customer as Clerk describes its owner. Of email and name only what has come from Clerk is replaced: an
 * operator or the buyer may have set another at Stripe.
 *
 * Each change is followed by another read at Clerk. So of two calls at once the last to write has read the last profile.
 *
 * @param profile As Clerk has it now.
 */
export async function followProfile(
  owner: Owner,
  customer_id: string,
  profile: Profile,
  { clerk, stripe }: FollowGateways,
): Promise<void> {
  for (let latest: Profile | null = profile, rounds = 0; latest !== null; rounds++) {
    const customer = await stripe.readCustomer(customer_id);
    if (customer === null || customer.deleted) return;
    const changes = changesOf(customer, latest);
    if (Object.keys(changes).length === 0) return;
    if (rounds === MAX_ROUNDS) throw unconfirmed(`The profile of the ${owner.kind} did not stay the same`);
    if (!await stripe.describeCustomer(customer_id, changes)) return;
    latest = await clerk.fetchProfile(owner);
  }
}

/** Fields that Clerk does not have any more stay: Stripe sends invoices to the address. */
const changesOf = (customer: Stripe.Customer, profile: Profile): Profile =>
  Object.fromEntries(
    (Object.entries(profile) as [keyof Profile, string][])
      .filter(([field, value]) => customer[field] !== value && isFromClerk(customer, field)),
  );
