import type Stripe from "stripe";

/** One page of a list, newest first. */
export interface ListPage<Item> {
  data: Item[];
  has_more: boolean;
}

/** A page of the largest size that Stripe allows. https://docs.stripe.com/api/pagination */
export const pageAfter = (starting_after?: string) => ({ limit: 100, starting_after });

/** No caller waits for a list, so it may take longer than other requests and is retried once more. */
export const LIST_OPTIONS: Stripe.RequestOptions = { timeout: 10_000, maxNetworkRetries: 2 };
