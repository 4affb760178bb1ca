import type { CheckoutState } from "../../contract/subscription.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as subscriptions from "../../database/subscriptions.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import type * as checkoutSessions from "../../stripe/checkout_sessions.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import type * as listed from "../../stripe/subscriptions.ts";

export interface SyncGateways {
  database: Pick<typeof subscriptions, "claimSync"> & Pick<typeof mirror, "recordObjects">;
  stripe:
    & Pick<typeof checkoutSessions, "readSession">
    & Pick<typeof mirrored, "retrieveObject">
    & Pick<typeof listed, "listSubscriptions">;
}

interface Synced {
  /** Whether everything was fetched and recorded. */
  synced: boolean;
  checkout?: CheckoutState;
}

/**
 * Fetches what the owner has bought, all under one ticket. After a failure at Stripe, or less than three seconds after
 * another sync, the mirror is as good as it gets.
 *
 * @param session_id The Checkout session that the buyer returns from.
 * @throws AppError `session_not_found`, `database_unavailable`, `not_configured`
 */
export async function syncSubscriptions(
  owner_id: string,
  session_id: string | undefined,
  gateways: SyncGateways,
): Promise<Synced> {
  const { database, stripe } = readsFor("sync", gateways);
  const { ticket, customer_id: customer, deployment_id } = await database.claimSync(owner_id);
  if (ticket === null) return { synced: false };

  try {
    const [session, bought, entitlements] = await Promise.all([
      session_id === undefined ? undefined : stripe.readSession(session_id),
      customer === null ? [] : stripe.listSubscriptions(customer),
      customer === null ? null : stripe.retrieveObject({
        object: "entitlements.active_entitlement_summary",
        object_id: customer,
      }),
    ]);
    await database.recordObjects(ticket, entitlements === null ? bought : [...bought, entitlements]);
    if (session === undefined) return { synced: true };

    // The metadata and never client_reference_id, which a visitor of a Payment Link chooses.
    const { metadata } = session ?? {};
    if (session === null || metadata?.deployment_id !== deployment_id || metadata.owner !== owner_id) {
      throw AppError.sessionNotFound();
    }
    const { status, payment_status } = session;
    return { synced: true, checkout: { status, payment_status } };
  } catch (error) {
    if (!isOfStripe(error)) throw error;
    logWarning("What an owner has bought could not be fetched", error);
    return { synced: false };
  }
}

/** Whether Stripe failed or refused a request; the database's failures and a refused session are the caller's to see. */
const isOfStripe = (error: unknown): boolean =>
  !["session_not_found", "database_unavailable"].includes(AppError.from(error).code);
