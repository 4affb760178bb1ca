import type Stripe from "stripe";
import type { ObjectRef } from "../../contract/stripe_events.ts";
import { type ListPage, readAll } from "../page.ts";
import type { Read, ReadOptions } from "../read.ts";
import type { BeforeRead, Resource, StripeObject } from "./resource.ts";

/** A subscription of any status with all its items. https://docs.stripe.com/api/subscriptions */
export const subscription: Resource<"subscription", Stripe.Subscription> = {
  filter: "subscription",
  retrieve: async (read, id) => await complete(read, await read(["subscriptions", id])),
  list: (read, page, options) => listPage(read, { ...page, status: "all" }, options),
  // Without a status Stripe lists what was not canceled. https://docs.stripe.com/api/subscriptions/list
  listLive: listPage,
  rest: { field: "items", isCut: ({ items }) => items.has_more, complete },
  companions: (subscription) => companions(subscription as unknown as Stripe.Subscription & StripeObject),
};

async function listPage(read: Read, params: object, options: ReadOptions): Promise<ListPage<Stripe.Subscription>> {
  const { data, has_more } = await read<ListPage<Stripe.Subscription>>(["subscriptions"], params, options);
  return { data: data.map(withoutPriceCopies), has_more };
}

/** Stripe embeds the first page of the items. https://docs.stripe.com/api/subscription_items/list */
async function complete(read: Read, subscription: Stripe.Subscription, beforeRead?: BeforeRead) {
  const { id, items } = subscription;
  if (!items.has_more) return withoutPriceCopies(subscription);
  const data = await readAll(
    (page) => read<ListPage<Stripe.SubscriptionItem>>(["subscription_items"], { subscription: id, ...page }),
    beforeRead,
  );
  return withoutPriceCopies({ ...subscription, items: { ...items, data, has_more: false } });
}

function withoutPriceCopies(subscription: Stripe.Subscription): Stripe.Subscription {
  const { items } = subscription;
  const data = items.data.map(withoutPriceCopy) as Stripe.SubscriptionItem[];
  return { ...subscription, items: { ...items, data } };
}

/**
 * Of a price only the fields that never change: an update of a price emits no event for its subscriptions, so a full copy
 * would go stale.
 */
function withoutPriceCopy({ plan: _olderPrice, price: { id, object, product }, ...item }: Stripe.SubscriptionItem) {
  return { ...item, price: { id, object, product } };
}

/** The grace of a subscription whose payment is retried needs the features of its products. */
function companions({ status, items }: Stripe.Subscription): ObjectRef[] {
  if (status !== "past_due") return [];
  return productsOf({ items }).map((object_id) => ({ object: "product_features", object_id }));
}

/** The ids of the products of a subscription's items, each once. */
export const productsOf = ({ items }: Pick<Stripe.Subscription, "items">): string[] => [
  ...new Set(items.data.map(({ price }) => price.product as string)),
];

/** Whether it is over for good. https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses */
export const hasEnded = ({ status }: Pick<Stripe.Subscription, "status">): boolean =>
  status === "canceled" || status === "incomplete_expired";
