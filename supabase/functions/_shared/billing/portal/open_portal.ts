import type Stripe from "stripe";
import type { Owner } from "../../contract/owner.ts";
import type { Flow, OpenPortal, PortalLink } from "../../contract/portal.ts";
import type * as customerClaims from "../../database/customer_claims.ts";
import type * as mirror from "../../database/mirror.ts";
import type * as ownObjects from "../../database/own_objects.ts";
import { portalEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { background } from "../../background.ts";
import { requireAllowedRedirects } from "../../origins.ts";
import { readsFor } from "../../reads.ts";
import type * as checkoutSessions from "../../stripe/checkout_sessions.ts";
import type * as portal from "../../stripe/portal.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { settleSession } from "../checkout/settle_sessions.ts";
import { type OwnSubscriptionGateways, readOwnSubscription } from "../subscriptions/read_own_subscription.ts";
import { fetchAndRecord } from "../sync/fetch_and_record.ts";
import { fetchObject } from "../sync/fetch_object.ts";
import { planChange, requireUpdatable } from "./plan_change.ts";
import { portalRefusal } from "./portal_refusal.ts";

export interface PortalGateways {
  database:
    & OwnSubscriptionGateways["database"]
    & Pick<typeof customerClaims, "findCustomer">
    & Pick<typeof mirror, "drawTicket">
    & Pick<typeof ownObjects, "findPlanChange">
    & ReadsGateways["database"];
  stripe:
    & OwnSubscriptionGateways["stripe"]
    & Pick<typeof checkoutSessions, "listSessions" | "expireSession" | "readSession">
    & Pick<typeof portal, "createPortalSession">;
}

/**
 * A link to the customer portal for the owner's customer, of everything or of one flow.
 *
 * @throws AppError `invalid_request`, `customer_not_found`, `subscription_not_found`, `subscription_ended`,
 * `price_not_offered`, `already_canceling`, `not_in_portal`, `checkout_in_progress`, `stripe_unavailable`,
 * `database_unavailable`, `not_configured`
 */
export async function openPortal(
  owner: Owner,
  { return_url, flow }: OpenPortal,
  gateways: PortalGateways,
): Promise<PortalLink> {
  requireAllowedRedirects({ return_url });
  const { database, stripe } = readsFor("portal", gateways);
  const customer = await database.findCustomer(owner.id);
  if (customer === null) throw AppError.customerNotFound();

  try {
    const flow_data = flow && await flowOf(owner, flow, return_url, { database, stripe });
    await settleSubscriptionSessions(customer, stripe);
    const { configuration } = portalEnv();
    const { url } = await stripe.createPortalSession({ customer, configuration, return_url, flow_data });
    return { url };
  } catch (error) {
    const refusal = portalRefusal(error, flow !== undefined);
    if (refusal.code === "customer_not_found") {
      // Records the tombstone, which ends the mapping.
      const ref = { object: "customer", object_id: customer } as const;
      await fetchAndRecord(() => fetchObject(ref, { stripe }), database);
    }
    throw refusal;
  } finally {
    background("Recording reads", recordReads(gateways));
  }
}

/** A checkout that began before could be paid after the plan was changed here, and its owner would pay for both. */
async function settleSubscriptionSessions(customer: string, stripe: PortalGateways["stripe"]): Promise<void> {
  for (const { id, mode } of await stripe.listSessions(customer, "open")) {
    if (mode === "subscription") await settleSession(id, stripe);
  }
}

/** What Stripe is asked for. Afterwards the browser returns to the application. */
async function flowOf(
  owner: Owner,
  flow: Flow,
  return_url: string,
  gateways: PortalGateways,
): Promise<Stripe.BillingPortal.SessionCreateParams.FlowData> {
  const after_completion = { type: "redirect", redirect: { return_url } } as const;
  if (flow.type === "payment_method") return { type: "payment_method_update", after_completion };

  const own = await readOwnSubscription(owner, flow.subscription, gateways);
  const subscription = own.id;
  switch (flow.type) {
    case "cancel":
      if (own.cancel_at !== null || own.cancel_at_period_end) throw AppError.alreadyCanceling(subscription);
      return { type: "subscription_cancel", after_completion, subscription_cancel: { subscription } };
    case "update":
      requireUpdatable(own);
      return { type: "subscription_update", after_completion, subscription_update: { subscription } };
    case "confirm_update": {
      const fields = { price: "flow.price", quantity: "flow.quantity" };
      const { item } = await planChange(own, flow, fields, gateways.database);
      return {
        type: "subscription_update_confirm",
        after_completion,
        subscription_update_confirm: { subscription, items: [item] },
      };
    }
  }
}
