import { invalid, noSuch } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, type MetadataChange } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Plan, Price, Subscription, SubscriptionItem } from "../../core/wire.ts";
import { inlinePrice, type recurringPriceData, requireOne, requireProduct } from "../price/inline.ts";
import { ownedBy } from "../shared/owned_by.ts";

/** How many items a subscription object contains; the list of items has all. */
const SHOWN = 10;
export const MOST_ITEMS = 20;

/** The price with an id. @throws StripeError unless it is active and recurring */
export function requirePrice(id: string, param: string, store: Store): Price {
  const price = store.tables.price.live(id);
  if (!price) throw noSuch("price", id, param);
  if (!price.active) {
    throw invalid("The price specified is inactive. This field only accepts active prices.", param);
  }
  if (!price.recurring) {
    throw invalid(
      `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
      param,
    );
  }
  return price;
}

/** The price of an item, existing or inline; an inline price is not stored yet. */
export function readPrice(
  { price, price_data: data }: { price?: string; price_data?: ReturnType<typeof recurringPriceData> },
  name: (field: string) => string,
  store: Store,
): Price {
  requireOne(price, data, name);
  if (!data) return requirePrice(price!, name("price"), store);
  return inlinePrice(data, requireProduct(data.product, `${name("price_data")}[product]`, store), store);
}

export interface NewItem {
  price: Price;
  quantity?: number;
  metadata?: MetadataChange;
}

/** A new item in the period from `start` to `end`; writes nothing. */
export function newItem(
  subscription: string,
  { price, quantity, metadata }: NewItem,
  [start, end]: [start: number, end: number],
  created: number,
  store: Store,
): SubscriptionItem {
  return {
    id: randomId("si_"),
    object: "subscription_item",
    billing_thresholds: null,
    created,
    current_period_end: end,
    current_period_start: start,
    current_trial: null,
    discounts: [],
    metadata: mergeMetadata({}, metadata),
    ...priceFields(price),
    quantity: quantity ?? 1,
    subscription,
    tax_rates: [],
    features: featuresOf(price.product, store),
  };
}

/** All items of a subscription, in the order of creation. */
export const itemsOf = ({ item_ids }: Pick<Subscription, "item_ids">, store: Store): SubscriptionItem[] =>
  item_ids.map((id) => store.tables.subscription_item.live(id)!);

/** The items as a subscription contains them. */
export function embedded(subscription: string, items: SubscriptionItem[]): Pick<Subscription, "items" | "item_ids"> {
  return {
    item_ids: items.map(({ id }) => id),
    items: {
      object: "list",
      data: items.slice(0, SHOWN).map(({ features: _, ...item }) => item),
      has_more: items.length > SHOWN,
      url: `/v1/subscription_items?subscription=${subscription}`,
    },
  };
}

/** The fields of an item that show its price. */
export const priceFields = (price: Price) => ({ price: shownPrice(price), plan: planOf(price) });

/** An item with the current state of its price: an updated price shows in every subscription at once. */
export function withCurrentPrice<I extends Omit<SubscriptionItem, "features">>(item: I, store: Store): I {
  const price = store.tables.price.live(item.price.id);
  return price ? { ...item, ...priceFields(price) } : item;
}

const attachedTo = ownedBy("product_feature", ({ product }) => product);

/** The ids of a product's features. */
export const featuresOf = (product: string, store: Store): string[] =>
  attachedTo(product, store).map(({ entitlement_feature }) => entitlement_feature.id);

/** A price as other objects contain it. */
const shownPrice = ({ tiers: _, currency_options: __, inline: ___, ...price }: Price): Price => price;

/** The price as a plan, Stripe's older object. */
function planOf({ recurring, ...price }: Price): Plan {
  return {
    id: price.id,
    object: "plan",
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: recurring!.interval,
    interval_count: recurring!.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: recurring!.meter,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: price.tiers_mode,
    transform_usage: price.transform_quantity,
    trial_period_days: recurring!.trial_period_days,
    usage_type: recurring!.usage_type,
  };
}
