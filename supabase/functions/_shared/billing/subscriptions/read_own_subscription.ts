import type Stripe from "stripe";
import type { Owner } from "../../contract/owner.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as ownObjects from "../../database/own_objects.ts";
import { AppError } from "../../errors.ts";
import { hasEnded } from "../../stripe/mirrored/subscription.ts";
import { type FetchGateways, fetchObject } from "../sync/fetch_object.ts";

export interface OwnSubscriptionGateways {
  database: Pick<typeof ownObjects, "findOwnObject"> & Pick<typeof mirror, "recordObjects">;
  stripe: FetchGateways["stripe"];
}

/**
 * The owner's subscription as Stripe has it now, recorded. Nothing is fetched unless the mirror says that it is billed to
 * the owner's customer.
 *
 * @throws AppError `subscription_not_found`, `subscription_ended`, `stripe_unavailable`, `database_unavailable`
 */
export async function readOwnSubscription(
  owner: Owner,
  id: string,
  { database, stripe }: OwnSubscriptionGateways,
): Promise<Stripe.Subscription> {
  const ref = { object: "subscription", object_id: id } as const;
  const { ticket } = await database.findOwnObject(owner.id, ref);
  if (ticket === null) throw AppError.subscriptionNotFound();
  const fetched = await fetchObject(ref, { stripe });
  await database.recordObjects(ticket, [fetched]);
  if ("deleted" in fetched) throw AppError.subscriptionNotFound();

  const subscription = fetched as Stripe.Subscription;
  if (hasEnded(subscription)) throw AppError.subscriptionEnded();
  return subscription;
}
