import type Stripe from "stripe";

export type WholeSubscription = Awaited<ReturnType<typeof wholeSubscription>>;

/**
 * A subscription with every item, of which Stripe embeds the first page, and with its prices as what never changes of
 * them. The rest of a price is a fact of the price's: its change tells of no subscription, so a copy here would grow old
 * unheard. https://docs.stripe.com/api/subscription_items/list
 */
export async function wholeSubscription(sdk: Stripe, subscription: Stripe.Subscription) {
  const { items } = subscription;
  let { data } = items;
  if (items.has_more) {
    data = [];
    for await (const item of sdk.subscriptionItems.list({ subscription: subscription.id, limit: 100 })) data.push(item);
  }
  return { ...subscription, items: { ...items, data: data.map(withoutCopies), has_more: false } };
}

function withoutCopies({ plan: _olderPrice, price: { id, object, product }, ...item }: Stripe.SubscriptionItem) {
  return { ...item, price: { id, object, product } };
}
