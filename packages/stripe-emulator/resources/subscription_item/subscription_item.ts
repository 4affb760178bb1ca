import { noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, integer, text } from "../../core/params.ts";
import { action, type Resource, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Deleted, Subscription, SubscriptionItem } from "../../core/wire.ts";
import { recurringPriceData } from "../price/inline.ts";
import { type ItemChange, paymentBehavior, prorationBehavior } from "../subscription/params.ts";
import { ENDED } from "../subscription/status.ts";
import { changeItems } from "../subscription/update.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { withCurrentPrice } from "./item.ts";

const change = {
  metadata,
  off_session: boolean,
  payment_behavior: paymentBehavior,
  price: text,
  price_data: recurringPriceData,
  proration_behavior: prorationBehavior,
  proration_date: integer(0),
  quantity: integer(0),
};
const create = fields({ ...change, subscription: text }, "subscription");
const update = fields(change);
const removal = fields({
  clear_usage: boolean,
  payment_behavior: paymentBehavior,
  proration_behavior: prorationBehavior,
  proration_date: integer(0),
});
const listed = fields({ ...pageParams, subscription: text }, "subscription");

export const expansions: Expansions<SubscriptionItem> = {
  references: {},
  included: {},
  hidden: ["features"],
  current: withCurrentPrice,
};

/** https://docs.stripe.com/api/subscription_items */
export const subscriptionItem: Resource<
  "subscription_item",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "subscription_item",
  path: "/v1/subscription_items",
  idParam: "id",
  create: {
    params: create,
    run({ subscription: id, ...params }, store) {
      const before = requireSubscription(id, store);
      const after = changeOne(before, {}, params, store);
      return store.tables.subscription_item.live(after.item_ids.find((item) => !before.item_ids.includes(item))!)!;
    },
  },
  update: {
    params: update,
    run(item, params, store) {
      changeOne(requireSubscription(item.subscription, store), { id: item.id }, params, store);
      return store.tables.subscription_item.live(item.id)!;
    },
  },
  list: {
    params: listed,
    matches({ subscription }, store) {
      if (!store.tables.subscription.live(subscription)) throw noSuch("subscription", subscription, "subscription");
      return (item) => item.subscription === subscription;
    },
  },
};

/** The deletion, which takes parameters unlike other deletions. */
export const subscriptionItemCalls = (all: AllExpansions): Route[] => [
  action(
    {
      kind: "subscription_item",
      path: "/v1/subscription_items/:id",
      idParam: "id",
      params: removal,
      run({ id, subscription }, params, store): Deleted {
        changeOne(requireSubscription(subscription, store), { id, deleted: true }, params, store);
        return { id, object: "subscription_item", deleted: true };
      },
    },
    all,
    "DELETE",
  ),
];

function changeOne(
  subscription: Subscription,
  which: ItemChange,
  { price, price_data, quantity, metadata, ...options }: ReturnType<typeof update>,
  store: Store,
): Subscription {
  const item = { ...which, price, price_data, quantity, metadata };
  const at = timeOf(subscription.customer, store);
  return changeItems(subscription, [item], options, at, store, (_, field) => field);
}

function requireSubscription(id: string, store: Store): Subscription {
  const subscription = store.tables.subscription.live(id);
  if (!subscription || ENDED.includes(subscription.status)) throw noSuch("subscription", id, "subscription");
  return subscription;
}
