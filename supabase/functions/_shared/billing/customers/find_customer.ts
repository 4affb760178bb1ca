import type { User } from "../../clerk/verify_token.ts";
import type { Customer } from "../../contract/customer.ts";
import type * as claims from "../../database/customer_claims.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";

/**
 * The Stripe customer that a user has, without creating one.
 *
 * @throws AppError `customer_not_found`, `database_unavailable`, `not_configured`
 */
export async function findCustomer(
  user: User,
  { database }: { database: Pick<typeof claims, "findCustomer"> },
): Promise<Customer> {
  const customer_id = await database.findCustomer(user.id);
  if (customer_id === null) throw AppError.customerNotFound();
  return { customer_id, livemode: stripeEnv().livemode, created: false };
}
