import * as z from "zod/mini";
import type Stripe from "stripe";
import type { Owner } from "../../contract/owner.ts";
import { OwnedSubscription, OwnerState } from "../../contract/subscription.ts";
import type { UpdateSubscription } from "../../contract/subscription_update.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as subscriptions from "../../database/subscriptions.ts";
import { accessEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { readsFor } from "../../reads.ts";
import { isInvalid } from "../../stripe/errors.ts";
import type * as stripeSubscriptions from "../../stripe/subscriptions.ts";
import { type OwnSubscriptionGateways, readOwnSubscription } from "./read_own_subscription.ts";

export interface UpdateGateways {
  database:
    & OwnSubscriptionGateways["database"]
    & Pick<typeof mirror, "drawTicket">
    & Pick<typeof subscriptions, "readSubscription">;
  stripe: OwnSubscriptionGateways["stripe"] & Pick<typeof stripeSubscriptions, "updateEnding">;
}

/**
 * Ends the owner's subscription with its period, or resumes one that will end. A repetition changes nothing.
 *
 * @throws AppError `subscription_not_found`, `subscription_ended`, `not_in_portal` for what a schedule manages,
 * `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export async function updateSubscription(
  owner: Owner,
  { subscription: id, cancel_at_period_end }: UpdateSubscription,
  gateways: UpdateGateways,
): Promise<OwnedSubscription> {
  const { database, stripe } = readsFor("portal", gateways);
  const subscription = await readOwnSubscription(owner, id, { database, stripe });
  if (subscription.schedule) throw AppError.notInPortal("A schedule manages the subscription");

  const ending = changeOf(subscription, cancel_at_period_end);
  if (ending !== null) {
    // Drawn again, so that a fetch that began before the update does not overwrite it.
    const ticket = await database.drawTicket();
    try {
      await database.recordObjects(ticket, [await stripe.updateEnding(id, ending)]);
    } catch (error) {
      throw isInvalid(error) ? AppError.notInPortal("Stripe refuses the update", error) : error;
    }
  }
  const { subscriptions } = z.parse(OwnerState, await database.readSubscription(owner.id, accessEnv()));
  const updated = subscriptions.find((one) => one.id === id);
  if (updated === undefined) throw AppError.subscriptionNotFound();
  return updated;
}

/**
 * Null when it is as wanted. A subscription with the flag has both an end and the flag; clearing the flag clears both.
 * https://docs.stripe.com/billing/subscriptions/cancel#reactivating-canceled-subscriptions
 */
function changeOf(
  { cancel_at, cancel_at_period_end }: Stripe.Subscription,
  cancel: boolean,
): stripeSubscriptions.Ending | null {
  if (cancel) return cancel_at_period_end ? null : { cancel_at_period_end: true };
  if (cancel_at_period_end) return { cancel_at_period_end: false };
  return cancel_at === null ? null : { cancel_at: "" };
}
