import { randomId } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import type { InvoiceItem, Price, Subscription, SubscriptionItem } from "../../core/wire.ts";
import { amountOf } from "../price/amount_of.ts";
import { inCurrency } from "../price/in_currency.ts";

/** An item before and after a change; undefined before its creation and after its deletion. */
export interface ItemStep {
  before?: SubscriptionItem;
  after?: SubscriptionItem;
  /** The price of `after`, if it is still to be stored. */
  inline?: Price;
}

/**
 * Credits the rest of the period at the old price and charges it at the new one, as pending invoice items:
 * https://docs.stripe.com/billing/subscriptions/prorations
 */
export function prorate(subscription: Subscription, steps: ItemStep[], at: number, store: Store): InvoiceItem[] {
  return steps.filter(isChange).flatMap(({ before, after }) => [
    ...(before ? [proration(subscription, before, -1, "Unused time on", at, store)] : []),
    ...(after ? [proration(subscription, after, 1, "Remaining time on", at, store)] : []),
  ]);
}

const isChange = ({ before, after }: ItemStep) =>
  before?.price.id !== after?.price.id || before?.quantity !== after?.quantity;

function proration(
  subscription: Subscription,
  item: SubscriptionItem,
  sign: 1 | -1,
  prefix: string,
  at: number,
  store: Store,
): InvoiceItem {
  const { current_period_start: start, current_period_end: end } = item;
  const price = inCurrency(store.tables.price.live(item.price.id)!, subscription.currency, "currency");
  const quantity = item.quantity ?? 1;
  const left = Math.min(1, Math.max(0, (end - at) / (end - start)));
  const amount = sign * Math.round(amountOf(price, quantity) * left);
  const name = store.tables.product.live(price.product)?.name ?? price.product;
  const day = new Date(at * 1_000).toLocaleDateString("en-GB", { day: "2-digit", month: "short", year: "numeric" });
  return store.tables.invoiceitem.add({
    id: randomId("ii_1", 23),
    object: "invoiceitem",
    amount,
    currency: price.currency,
    customer: subscription.customer,
    customer_account: null,
    date: at,
    description: `${prefix} ${quantity} × ${name} after ${day}`,
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    net_amount: amount,
    parent: {
      subscription_details: { subscription: subscription.id, subscription_item: item.id },
      type: "subscription_details",
    },
    period: { start: at, end },
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: "price_details",
      unit_amount_decimal: price.unit_amount_decimal,
    },
    proration: true,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: subscription.test_clock,
  });
}
