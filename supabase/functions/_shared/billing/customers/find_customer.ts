import type { Customer } from "../../contract/customer.ts";
import type { Owner } from "../../contract/owner.ts";
import type * as customerClaims from "../../database/customer_claims.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";

/**
 * The owner's Stripe customer, without creating one.
 *
 * @throws AppError `customer_not_found`, `database_unavailable`, `not_configured`
 */
export async function findCustomer(
  owner: Owner,
  { database }: { database: Pick<typeof customerClaims, "findCustomer"> },
): Promise<Customer> {
  const customer_id = await database.findCustomer(owner.id);
  if (customer_id === null) throw AppError.customerNotFound();
  return { customer_id, livemode: stripeEnv().livemode, created: false };
}
