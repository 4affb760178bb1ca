import type Stripe from "stripe";
import { stripe } from "./client.ts";

/** One page of a list, newest first. */
export interface ListPage<Item> {
  data: Item[];
  has_more: boolean;
}

const PAGE = { limit: 100 };
const options = { timeout: 10_000, maxNetworkRetries: 2 };

/** Active and archived products. https://docs.stripe.com/api/products/list */
export const listProducts = (
  starting_after?: string,
): Promise<ListPage<Stripe.Product>> => stripe((sdk) => sdk.products.list({ ...PAGE, starting_after }, options));

/** Active and archived prices, with what Stripe leaves out unless asked. https://docs.stripe.com/api/prices/list */
export const listPrices = (
  starting_after?: string,
): Promise<ListPage<Stripe.Price>> =>
  stripe((sdk) =>
    sdk.prices.list({
      ...PAGE,
      starting_after,
      expand: ["data.tiers", "data.currency_options"],
    }, options)
  );
