import type { Profile } from "../../clerk/profiles.ts";
import type { User } from "../../clerk/verify_token.ts";
import type { Owner, OwnerKind } from "../../contract/owner.ts";
import type * as customers from "../../stripe/customers.ts";
import { type AccountGateways, confirmAccount } from "../sync/confirm_account.ts";
import { fetchAndRecord, type Mirror } from "../sync/fetch_and_record.ts";

export interface RefreshGateways {
  clerk: { readProfile(owner: Owner, user: User): Promise<Profile> };
  database: Mirror & AccountGateways["database"];
  stripe: Pick<typeof customers, "readCustomer" | "describeCustomer"> & AccountGateways["stripe"];
}

/** The field without which a customer counts as not described; an organization has no email. */
const DESCRIBED_BY: Record<OwnerKind, "email" | "name"> = { user: "email", organization: "name" };

/**
 * Fetches a customer that has not been fetched for a day and records it; a deleted one loses its mapping. A customer that
 * was created while Clerk did not answer gets its email and name now.
 */
export function refreshCustomer(owner: Owner, user: User, id: string, gateways: RefreshGateways): Promise<void> {
  const { clerk, database, stripe } = gateways;
  const tombstone = { id, object: "customer", deleted: true };
  const field = DESCRIBED_BY[owner.kind];

  return fetchAndRecord(async () => {
    const customer = await stripe.readCustomer(id);
    if (customer === null) {
      await confirmAccount(gateways);
      return tombstone;
    }
    if (customer.deleted || customer[field]) return customer;
    const profile = await clerk.readProfile(owner, user);
    return profile[field] ? await stripe.describeCustomer(id, profile) ?? tombstone : customer;
  }, database);
}
