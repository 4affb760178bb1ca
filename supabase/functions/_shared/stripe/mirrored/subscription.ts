import type Stripe from "stripe";
import type { Resource } from "./resource.ts";

/** A subscription of any status with all its items. https://docs.stripe.com/api/subscriptions */
export const subscription: Resource<"subscription"> = {
  retrieve: async (sdk, id) => await complete(sdk, await sdk.subscriptions.retrieve(id)),
  async list(sdk, page, options) {
    const { data, has_more } = await sdk.subscriptions.list({ ...page, status: "all" }, options);
    const subscriptions = [];
    for (const subscription of data) subscriptions.push(await complete(sdk, subscription));
    return { data: subscriptions, has_more };
  },
};

/** Stripe embeds the first page of the items. https://docs.stripe.com/api/subscription_items/list */
async function complete(sdk: Stripe, subscription: Stripe.Subscription) {
  const { items } = subscription;
  let { data } = items;
  if (items.has_more) {
    data = [];
    for await (const item of sdk.subscriptionItems.list({ subscription: subscription.id, limit: 100 })) data.push(item);
  }
  return { ...subscription, items: { ...items, data: data.map(withoutPriceCopy), has_more: false } };
}

/**
 * Of a price only the fields that never change: an update of a price emits no event for its subscriptions, so a full copy
 * would go stale.
 */
function withoutPriceCopy({ plan: _olderPrice, price: { id, object, product }, ...item }: Stripe.SubscriptionItem) {
  return { ...item, price: { id, object, product } };
}
