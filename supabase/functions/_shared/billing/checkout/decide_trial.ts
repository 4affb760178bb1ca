import type Stripe from "stripe";
import type { BegunCheckout } from "../../database/checkouts.ts";
import { AppError } from "../../errors.ts";
import { isMissing } from "../../stripe/errors.ts";
import type { CheckoutGateways } from "./gateways.ts";

const hadTrial = ({ trial_start }: Pick<Stripe.Subscription, "trial_start">): boolean => trial_start !== null;

/**
 * Whether the session offers the trial: an owner has one, and it counts as used from the moment it is offered until the
 * session that offered it has expired.
 *
 * @throws AppError `checkout_busy` while another session offers it
 */
export async function decideTrial(
  customer: string,
  { offer, trial_used, trial_session }: BegunCheckout,
  subscriptions: Stripe.Subscription[],
  candidate: Stripe.Checkout.Session | undefined,
  stripe: Pick<CheckoutGateways["stripe"], "readSession" | "listSubscriptions">,
): Promise<boolean> {
  if (offer.trial_days === null || trial_used || subscriptions.some(hadTrial)) return false;
  if (trial_session === null || trial_session === candidate?.id) return true;

  const offered = await stripe.readSession(trial_session);
  if (offered === null || offered.status === "complete") return false;
  if (offered.status === "open") throw AppError.checkoutBusy();
  const owner = offered.customer as string | null;
  if (owner === null || owner === customer) return true;
  // The customer was deleted since: what was paid while the session expired may be in no mirror.
  try {
    return !(await stripe.listSubscriptions(owner)).some(hadTrial);
  } catch (error) {
    if (isMissing(error, "customer")) return false;
    throw error;
  }
}
