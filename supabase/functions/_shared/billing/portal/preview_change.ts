import type Stripe from "stripe";
import type { Owner } from "../../contract/owner.ts";
import type { ChangePreview, PreviewChange } from "../../contract/portal.ts";
import type * as ownObjects from "../../database/own_objects.ts";
import { portalEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { background } from "../../background.ts";
import { readsFor } from "../../reads.ts";
import type * as portal from "../../stripe/portal.ts";
import { type ReadsGateways, recordReads } from "../record_reads.ts";
import { type OwnSubscriptionGateways, readOwnSubscription } from "../subscriptions/read_own_subscription.ts";
import { planChange } from "./plan_change.ts";
import { portalRefusal } from "./portal_refusal.ts";

export interface PreviewGateways {
  database:
    & OwnSubscriptionGateways["database"]
    & Pick<typeof ownObjects, "findPlanChange">
    & ReadsGateways["database"];
  stripe: OwnSubscriptionGateways["stripe"] & Pick<typeof portal, "previewInvoice" | "readPortalConfiguration">;
}

type Updates = Stripe.BillingPortal.Configuration.Features.SubscriptionUpdate;

/**
 * What the portal's confirmation of a change charges. The portal decides by its configuration how a change is prorated, so
 * the preview is made with the same settings.
 *
 * @throws AppError `invalid_request`, `subscription_not_found`, `subscription_ended`, `price_not_offered`,
 * `not_in_portal`, `stripe_unavailable`, `database_unavailable`, `not_configured`
 */
export async function previewChange(
  owner: Owner,
  { subscription: id, price, quantity }: PreviewChange,
  gateways: PreviewGateways,
): Promise<ChangePreview> {
  const { database, stripe } = readsFor("portal", gateways);
  try {
    const subscription = await readOwnSubscription(owner, id, { database, stripe });
    const change = await planChange(
      subscription,
      { price, quantity },
      { price: "price", quantity: "quantity" },
      database,
    );
    const updates = await readUpdates(change.item.price, stripe);

    const endsTrial = subscription.status === "trialing" && updates.trial_update_behavior === "end_trial";
    const { currency, subtotal, total, amount_due } = await stripe.previewInvoice({
      customer: subscription.customer as string,
      subscription: id,
      subscription_details: {
        items: [change.item],
        proration_behavior: updates.proration_behavior as "none",
        ...updates.billing_cycle_anchor === "now" && { billing_cycle_anchor: { type: "now" } as const },
        ...endsTrial && { trial_end: "now" as const },
      },
    });
    const billsNow = change.changes_interval || updates.billing_cycle_anchor === "now" ||
      updates.proration_behavior === "always_invoice";
    const due = endsTrial || subscription.status !== "trialing" && billsNow ? "now" : "next_invoice";
    return {
      subscription: id,
      price: change.item.price,
      quantity: change.item.quantity ?? null,
      due,
      currency,
      subtotal,
      total,
      amount_due,
    };
  } catch (error) {
    throw portalRefusal(error, true);
  } finally {
    background("Recording reads", recordReads(gateways));
  }
}

/** How the portal makes changes. */
async function readUpdates(price: string, stripe: PreviewGateways["stripe"]): Promise<Updates> {
  const configuration = await stripe.readPortalConfiguration(portalEnv().configuration);
  if (!configuration?.active) throw AppError.notConfigured("The customer portal has no active configuration");
  const { subscription_update: updates } = configuration.features;
  if (!updates.enabled || updates.products?.every(({ prices }) => !prices.includes(price))) {
    throw AppError.notInPortal("The portal's configuration does not offer the price");
  }
  if (updates.schedule_at_period_end.conditions.length > 0) {
    throw AppError.notConfigured(
      "The portal's configuration schedules changes for the end of the period: none is previewed",
    );
  }
  return updates;
}
