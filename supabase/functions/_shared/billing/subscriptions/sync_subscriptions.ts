import type Stripe from "stripe";
import type { CheckoutState } from "../../contract/subscription.ts";
import type { ObjectRef } from "../../contract/stripe_events.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as subscriptions from "../../database/subscriptions.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import { fetchWithCompanions } from "../sync/fetch_object.ts";
import type * as mirrored from "../../stripe/mirrored.ts";
import type * as listed from "../../stripe/subscriptions.ts";

export interface SyncGateways {
  database: Pick<typeof subscriptions, "claimSync"> & Pick<typeof mirror, "recordObjects">;
  stripe: Pick<typeof mirrored, "retrieveObject"> & Pick<typeof listed, "listSubscriptions">;
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
  const { ticket, customer_id: customer, deployment_id, payment_status } = await database.claimSync(
    owner_id,
    session_id,
  );
  if (ticket === null) return { synced: false };

  const fetched = (object: ObjectRef["object"], object_id: string) =>
    fetchWithCompanions({ object, object_id }, { stripe });
  try {
    const [bought, entitlements, purchase] = await Promise.all([
      customer === null ? [] : stripe.listSubscriptions(customer),
      customer === null ? [] : fetched("entitlements.active_entitlement_summary", customer),
      session_id === undefined || payment_status !== null ? [] : fetched("checkout.session", session_id),
    ]);
    const session = purchase[0] as Partial<Stripe.Checkout.Session> | undefined;
    if (session !== undefined) requireOwn(session, owner_id, deployment_id);

    await database.recordObjects(ticket, [...bought, ...entitlements, ...purchase]);
    if (payment_status !== null) return { synced: true, checkout: { status: "complete", payment_status } };
    if (session === undefined) return { synced: true };
    return { synced: true, checkout: { status: session.status ?? null, payment_status: session.payment_status! } };
  } catch (error) {
    if (!isOfStripe(error)) throw error;
    logWarning("What an owner has bought could not be fetched", error);
    return { synced: false };
  }
}

/**
 * By the metadata, which only this deployment's key writes; never by client_reference_id, which a visitor of a Payment Link
 * chooses. A session that Stripe does not have is a tombstone without metadata.
 *
 * @throws AppError `session_not_found`
 */
function requireOwn({ metadata }: Partial<Stripe.Checkout.Session>, owner_id: string, deployment_id: string): void {
  if (metadata?.owner !== owner_id || metadata.deployment_id !== deployment_id) throw AppError.sessionNotFound();
}

/** Whether Stripe failed or refused a request; the database's failures and a refused session are the caller's to see. */
const isOfStripe = (error: unknown): boolean =>
  !["session_not_found", "database_unavailable"].includes(AppError.from(error).code);
