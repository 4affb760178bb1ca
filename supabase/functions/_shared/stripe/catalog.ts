import type Stripe from "stripe";
import { stripe } from "./client.ts";
import { LISTING, type ListPage, PAGE } from "./page.ts";

/** Active and archived products. https://docs.stripe.com/api/products/list */
export const listProducts = (
  starting_after?: string,
): Promise<ListPage<Stripe.Product>> => stripe((sdk) => sdk.products.list({ ...PAGE, starting_after }, LISTING));

/** Active and archived prices, with what Stripe leaves out unless asked. https://docs.stripe.com/api/prices/list */
export async function listPrices(starting_after?: string): Promise<ListPage<Stripe.Price>> {
  const list = (expand: string[]) => stripe((sdk) => sdk.prices.list({ ...PAGE, starting_after, expand }, LISTING));
  const left = ["data.tiers", "data.currency_options"];
  const page = await list(left);
  const tiers = tiersLeftOut(page.data);
  return tiers.length === 0 ? page : await list([...left, ...tiers]);
}

/** A currency's own tiers are left out even then: they are given to who asks for that currency by its name. */
function tiersLeftOut(prices: Stripe.Price[]): string[] {
  const tiered = prices.filter(({ billing_scheme }) => billing_scheme === "tiered");
  const currencies = new Set(tiered.flatMap(({ currency_options = {} }) => Object.keys(currency_options)));
  return Array.from(currencies, (currency) => `data.currency_options.${currency}.tiers`);
}
