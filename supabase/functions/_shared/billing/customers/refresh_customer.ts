import type { User } from "../../clerk/verify_token.ts";
import { confirmAccount } from "../sync/confirm_account.ts";
import type { CustomerGateways } from "./ensure_customer.ts";
import { fetchAndRecord } from "../sync/fetch_and_record.ts";

/**
 * Looks at a customer that nobody has seen for a day and records it, which retires the mapping when it is gone. One
 * that was created while Clerk was down gets its email and name now.
 */
export function refreshCustomer(user: User, id: string, gateways: CustomerGateways): Promise<void> {
  const { clerk, database, stripe } = gateways;
  const gone = { id, object: "customer", deleted: true };

  return fetchAndRecord(async () => {
    const customer = await stripe.readCustomer(id);
    if (customer === null) {
      await confirmAccount(gateways);
      return gone;
    }
    if (customer.deleted || customer.email) return customer;
    const profile = await clerk.readProfile(user);
    return profile.email ? await stripe.describeCustomer(id, profile) ?? gone : customer;
  }, database);
}
