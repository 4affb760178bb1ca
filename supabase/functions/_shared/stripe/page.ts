/** One page of a list, newest first. */
export interface ListPage<Item> {
  data: Item[];
  has_more: boolean;
}

/** As many as Stripe gives at once. https://docs.stripe.com/api/pagination */
export const PAGE = { limit: 100 };

/** Nobody waits for a list as for an answer: it may take longer, and is asked for again. */
export const LISTING = { timeout: 10_000, maxNetworkRetries: 2 };
