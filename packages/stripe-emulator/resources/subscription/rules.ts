import { invalid } from "../../core/errors.ts";
import type { Price, Subscription, SubscriptionItem } from "../../core/wire.ts";
import { inCurrency } from "../price/in_currency.ts";
import type { CreateParams } from "./params.ts";
import { noDetails } from "./status.ts";

/** Refuses prices that one subscription cannot combine: all have its currency and one interval, each once. */
export function refuseMixture(prices: Price[], currency: string): void {
  const [first] = prices as [Price];
  for (const [index, price] of prices.entries()) {
    inCurrency(price, currency, "items");
    const [a, b] = [price.recurring!, first.recurring!];
    if (a.interval !== b.interval || a.interval_count !== b.interval_count) {
      throw invalid("Currency and interval fields must match across all prices on this subscription.", "items");
    }
    if (prices.findIndex(({ id }) => id === price.id) !== index) {
      throw invalid(`Cannot add multiple subscription items with the same plan: ${price.id}`, "items");
    }
  }
}

/** Whether invoices are sent, which requires `days_until_due`. */
export function readCollection(
  { collection_method, days_until_due }: Pick<CreateParams, "collection_method" | "days_until_due">,
): boolean {
  const sends = collection_method === "send_invoice";
  if (sends && days_until_due === undefined) {
    throw invalid("Missing required param: days_until_due.", "days_until_due", "parameter_missing");
  }
  if (!sends && days_until_due !== undefined) {
    throw invalid("You can only set `days_until_due` if `collection_method` is `send_invoice`.", "days_until_due");
  }
  return sends;
}

/** The cancellation fields of a subscription that is to be canceled later. */
export function cancellation(
  { cancel_at, cancel_at_period_end }: { cancel_at?: number | null; cancel_at_period_end?: boolean },
  items: Pick<SubscriptionItem, "current_period_end">[],
  at: number,
) {
  const end = cancel_at_period_end ? items[0]!.current_period_end : cancel_at ?? null;
  if (typeof cancel_at === "number" && cancel_at_period_end) {
    throw invalid("You cannot set both `cancel_at` and `cancel_at_period_end`.", "cancel_at_period_end");
  }
  if (typeof cancel_at === "number" && cancel_at <= at) {
    throw invalid("The `cancel_at` must be in the future.", "cancel_at");
  }
  return {
    cancel_at: end,
    cancel_at_period_end: cancel_at_period_end ?? false,
    canceled_at: end === null ? null : at,
    cancellation_details: { ...noDetails, reason: end === null ? null : "cancellation_requested" },
  } satisfies Partial<Subscription>;
}

/** The trial settings, completed with the defaults. */
export const trialSettings = (given: CreateParams["trial_settings"]): Subscription["trial_settings"] => ({
  end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice", ...given?.end_behavior },
});
