import type { Store } from "../../core/store.ts";
import type { Invoice, Subscription } from "../../core/wire.ts";
import { refreshEntitlements } from "../active_entitlement/active_entitlement.ts";
import { ownedBy } from "../shared/owned_by.ts";

/** The final statuses. */
export const ENDED = ["canceled", "incomplete_expired"];

type CancellationDetails = NonNullable<Subscription["cancellation_details"]>;

/** The id of an invoice's subscription. */
export const subscriptionOf = ({ parent }: Invoice): string | undefined => parent?.subscription_details?.subscription;

/** Writes a subscription and updates its customer's entitlements. */
export function writeSubscription(subscription: Subscription, store: Store): Subscription {
  const after = store.tables.subscription.replace(subscription);
  refreshEntitlements(after.customer, store);
  return after;
}

/** Cancels a subscription at once. */
export function endSubscription(
  subscription: Subscription,
  at: number,
  reason: CancellationDetails["reason"],
  store: Store,
  details: Partial<CancellationDetails> = {},
): Subscription {
  const after = store.tables.subscription.replace({
    ...subscription,
    status: "canceled",
    canceled_at: subscription.canceled_at ?? at,
    cancellation_details: { ...noDetails, ...subscription.cancellation_details, reason, ...details },
    ended_at: at,
    pause_collection: null,
  }, { silent: true });
  store.emit("customer.subscription.deleted", after);
  stopCollecting(after.id, store);
  refreshEntitlements(after.customer, store);
  return after;
}

export const noDetails: CancellationDetails = { comment: null, feedback: null, feedback_option: null, reason: null };

/** The invoices of a subscription, oldest first. */
export const invoicesOf = ownedBy("invoice", subscriptionOf);

/** Stops the automatic collection of an ended subscription's invoices. */
function stopCollecting(subscription: string, store: Store): void {
  for (const invoice of invoicesOf(subscription, store)) {
    if (!invoice.auto_advance || (invoice.status !== "draft" && invoice.status !== "open")) continue;
    store.tables.invoice.replace({
      ...invoice,
      auto_advance: false,
      automatically_finalizes_at: null,
      next_payment_attempt: null,
    });
  }
}

/** Updates a subscription after its latest invoice was paid, failed or closed. */
export function followInvoice(invoice: Invoice, outcome: "paid" | "failed" | "closed", at: number, store: Store): void {
  const subscription = store.tables.subscription.live(subscriptionOf(invoice) ?? "");
  if (!subscription || subscription.latest_invoice !== invoice.id) return;
  const { status } = subscription;
  if (outcome === "failed") {
    if (status === "active") writeSubscription({ ...subscription, status: "past_due" }, store);
  } else if (outcome === "closed" && status === "incomplete") {
    expire(subscription, at, store);
  } else if (status === "past_due" || status === "incomplete" || (status === "paused" && outcome === "paid")) {
    const { status_details: _, ...rest } = subscription;
    writeSubscription({ ...rest, status: "active" }, store);
    if (status === "paused") {
      store.emit("customer.subscription.resumed", store.tables.subscription.live(subscription.id)!, subscription);
    }
  }
}

/** Expires a subscription whose first invoice was not paid in time. */
export function expire(subscription: Subscription, at: number, store: Store): void {
  writeSubscription({
    ...subscription,
    status: "incomplete_expired",
    cancellation_details: { ...noDetails, ...subscription.cancellation_details, reason: "payment_failed" },
    canceled_at: at,
    ended_at: at,
  }, store);
}
