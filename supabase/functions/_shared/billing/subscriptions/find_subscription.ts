import * as z from "zod/mini";
import type { User } from "../../clerk/verify_token.ts";
import { OwnerState, type SubscriptionInput, type SubscriptionState } from "../../contract/subscription.ts";
import type * as subscriptions from "../../database/subscriptions.ts";
import { accessEnv } from "../../env.ts";
import { mayBill, ownerOf } from "../owner.ts";
import { type SyncGateways, syncSubscriptions } from "./sync_subscriptions.ts";

export interface SubscriptionGateways {
  database: SyncGateways["database"] & Pick<typeof subscriptions, "readSubscription">;
  stripe: SyncGateways["stripe"];
}

/**
 * What the user or their organization has bought and what it grants: one call of the database, unless Stripe is to be
 * fetched first. Every member may read it.
 *
 * @throws AppError `organization_required`, `session_not_found`, `database_unavailable`, `not_configured`
 */
export async function findSubscription(
  user: User,
  { for: kind, sync, session_id }: SubscriptionInput,
  gateways: SubscriptionGateways,
): Promise<SubscriptionState> {
  const owner = ownerOf(user, kind);
  const fetched = sync ? await syncSubscriptions(owner.id, session_id, gateways) : { synced: false };
  const state = z.parse(OwnerState, await gateways.database.readSubscription(owner.id, accessEnv()));

  // An invoice's page shows the address and how the owner pays.
  const attention = mayBill(user, kind) ? state.attention : state.attention.map((one) => ({ ...one, pay_url: null }));
  return { owner: owner.id, ...state, attention, ...fetched };
}
