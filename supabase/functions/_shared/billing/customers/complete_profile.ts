import type Stripe from "stripe";
import type { Profile } from "../../clerk/profiles.ts";
import { logWarning } from "../../log.ts";
import type * as customers from "../../stripe/customers.ts";

/**
 * Gives a customer the fields of the owner's profile that it lacks. A name or email that it has stays: an operator may
 * have set it at Stripe.
 *
 * @returns The customer as it is now; null when it no longer exists. Undescribed if Stripe fails: a later refresh
 * describes it, because a customer without a description is better than no customer.
 */
export async function completeProfile(
  customer: Stripe.Customer,
  profile: Profile,
  { describeCustomer }: Pick<typeof customers, "describeCustomer">,
): Promise<Stripe.Customer | null> {
  const missing = Object.fromEntries(
    Object.entries(profile).filter(([field]) => !customer[field as keyof Profile]),
  ) as Profile;
  if (Object.keys(missing).length === 0) return customer;
  try {
    const described = await describeCustomer(customer.id, missing);
    return described === undefined ? customer : described;
  } catch (error) {
    logWarning("A customer could not be described", error);
    return customer;
  }
}
