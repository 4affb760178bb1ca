import type { Store } from "../../core/store.ts";
import type { Invoice, Subscription } from "../../core/wire.ts";
import { runningDiscounts } from "../discount/discount.ts";
import { methodOf } from "../invoice/charged_method.ts";
import { attempt, close, finalize } from "../invoice/collection.ts";
import { itemsOf } from "../subscription_item/item.ts";
import { inPeriodFrom, invoicePeriod, periodOf } from "./billing.ts";
import { endSubscription, writeSubscription } from "./status.ts";

/** Starts a period and its invoice: the draft of a renewal waits an hour, any other is charged at once. */
export function startPeriod(
  subscription: Subscription,
  at: number,
  reason: Invoice["billing_reason"],
  store: Store,
): Subscription {
  const next = {
    ...inPeriodFrom(subscription, at, store),
    discounts: runningDiscounts(subscription, at, store),
  };
  const invoice = invoicePeriod(next, itemsOf(next, store), reason, at, store, periodOf(subscription).start);
  writeSubscription({ ...next, latest_invoice: invoice.id }, store);
  collect(invoice, subscription, reason, at, store);
  return store.tables.subscription.live(subscription.id)!;
}

function collect(
  invoice: Invoice,
  { pause_collection: pause, collection_method }: Subscription,
  reason: Invoice["billing_reason"],
  at: number,
  store: Store,
): void {
  if (pause?.behavior === "keep_as_draft") return;
  if (pause) {
    const open = finalize(invoice, at, store);
    if (open.status === "open") close(open, pause.behavior === "void" ? "void" : "uncollectible", at, store);
  } else if (reason !== "subscription_cycle" && collection_method === "charge_automatically") {
    const open = finalize(invoice, at, store);
    if (open.status === "open") attempt(open, at, store);
  }
}

/** Ends a trial: bills the subscription, or follows `missing_payment_method` when there is nothing to charge. */
export function endTrial(
  subscription: Subscription,
  at: number,
  reason: "subscription_cycle" | "subscription_update",
  store: Store,
): Subscription {
  const ended = { ...subscription, trial_end: at, billing_cycle_anchor: at };
  const missing = subscription.trial_settings?.end_behavior.missing_payment_method;
  if (
    subscription.collection_method === "send_invoice" || missing === "create_invoice" || methodOf(subscription, store)
  ) {
    return startPeriod({ ...ended, status: "active" }, at, reason, store);
  }
  if (missing === "cancel") return endSubscription(ended, at, "payment_failed", store);
  const paused = writeSubscription({
    ...ended,
    status: "paused",
    status_details: {
      paused: {
        subscription: { type: "trial_end_without_payment_method" },
        transitioned_at: at,
        type: "subscription",
      },
    },
  }, store);
  store.emit("customer.subscription.paused", paused, subscription);
  return paused;
}
