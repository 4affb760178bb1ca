import type { Store } from "../../core/store.ts";
import type { Invoice, Subscription, SubscriptionItem } from "../../core/wire.ts";
import { noteUse, runningDiscounts } from "../discount/discount.ts";
import { createInvoice, pendingItems, previewInvoice } from "../invoice/create.ts";
import { lineOfItem } from "../invoice_line_item/line.ts";
import { embedded, featuresOf, itemsOf } from "../subscription_item/item.ts";
import { periodEnd } from "./billing_period.ts";

/** Seconds from the draft of a renewal to its finalization. */
const EDITABLE = 60 * 60;

/** The current period, which all items of a subscription share. */
export function periodOf({ items }: Pick<Subscription, "items">): { start: number; end: number } {
  const { current_period_start: start, current_period_end: end } = items.data[0]!;
  return { start, end };
}

/** Moves a subscription's items to another period, with the current features of their products. */
export function withPeriod(subscription: Subscription, start: number, end: number, store: Store): Subscription {
  const items = itemsOf(subscription, store).map((item) =>
    store.tables.subscription_item.replace({
      ...item,
      current_period_start: start,
      current_period_end: end,
      features: featuresOf(item.price.product, store),
    })
  );
  return { ...subscription, ...embedded(subscription.id, items) };
}

/** The subscription in the period that begins at `start`. */
export function inPeriodFrom(subscription: Subscription, start: number, store: Store): Subscription {
  const end = periodEnd(start, subscription.billing_cycle_anchor, subscription.items.data[0]!.price.recurring!);
  return withPeriod(subscription, start, end, store);
}

/**
 * Creates the invoice for a subscription's current period, with the customer's pending items.
 *
 * @param since The start of the previous period
 */
export function invoicePeriod(
  subscription: Omit<Subscription, "latest_invoice">,
  items: SubscriptionItem[],
  reason: Invoice["billing_reason"],
  at: number,
  store: Store,
  since = at,
): Invoice {
  const { collection_method, pause_collection } = subscription;
  const immediate = reason !== "subscription_cycle" && collection_method === "charge_automatically";
  const advances = pause_collection?.behavior !== "keep_as_draft";
  const invoice = {
    ...invoiceOf(subscription, reason, since, at, store),
    auto_advance: advances,
    finalizesAt: immediate || !advances ? undefined : at + EDITABLE,
  };
  const created = createInvoice(invoice, linesOf(subscription, items, store), pendingOf(subscription, store), store);
  noteUse(created, store);
  return created;
}

/** Seconds from `invoice.upcoming` to the renewal; an account can choose it, and this is the default. */
export const UPCOMING = 7 * 24 * 60 * 60;

/** Emits `invoice.upcoming` with a preview of the next invoice, which has no id. */
export function announceRenewal(subscription: Subscription, store: Store): void {
  const { end } = periodOf(subscription);
  store.tables.subscription.replace({ ...subscription, renewal_announced: end }, { silent: true });
  store.emit("invoice.upcoming", upcomingInvoice(subscription, store));
}

/** The next invoice of a subscription, without an id; writes nothing. */
export function upcomingInvoice(subscription: Subscription, store: Store) {
  const { start, end } = periodOf(subscription);
  const next = periodEnd(end, subscription.billing_cycle_anchor, subscription.items.data[0]!.price.recurring!);
  const items = itemsOf(subscription, store).map((item) => ({
    ...item,
    current_period_start: end,
    current_period_end: next,
  }));
  const invoice = { ...invoiceOf(subscription, "upcoming", start, end, store), auto_advance: true };
  const lines = linesOf({ ...subscription, status: "active" }, items, store);
  return previewInvoice(invoice, lines, pendingOf(subscription, store), store);
}

type Billed = Omit<Subscription, "latest_invoice">;

const linesOf = ({ currency, status }: Billed, items: SubscriptionItem[], store: Store) =>
  items.map((item) => lineOfItem(item, currency, status === "trialing", store));

const pendingOf = ({ id, customer, currency }: Billed, store: Store) =>
  pendingItems(customer, currency, { subscription: id, loose: true }, store);

function invoiceOf(
  subscription: Billed,
  billing_reason: Invoice["billing_reason"],
  start: number,
  at: number,
  store: Store,
) {
  const { customer, collection_method, currency, days_until_due } = subscription;
  return {
    customer: store.tables.customer.live(customer)!,
    at,
    currency,
    billing_reason,
    collection_method,
    days_until_due,
    discounts: runningDiscounts(subscription, at, store),
    period: { start, end: at },
    subscription,
    taxed: subscription.automatic_tax.enabled,
  };
}
