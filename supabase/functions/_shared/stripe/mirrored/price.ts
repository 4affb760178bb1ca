import type Stripe from "stripe";
import type { Resource } from "./resource.ts";

/** A price with its tiers in every currency. https://docs.stripe.com/api/prices */
export const price: Resource<"price"> = {
  retrieve: (sdk, id) => withTiers((expand) => sdk.prices.retrieve(id, { expand }), (price) => [price]),
  list: (sdk, page, options) =>
    withTiers(
      (expand) => sdk.prices.list({ ...page, expand: expand.map((field) => `data.${field}`) }, options),
      ({ data }) => data,
    ),
};

/** Stripe leaves these out unless they are requested. https://docs.stripe.com/api/expanding_objects */
const EXPANDED = ["tiers", "currency_options"];

/** Stripe gives the tiers of a currency only to a request that names the currency, so tiered prices take a second one. */
async function withTiers<Answer>(
  read: (expand: string[]) => Promise<Answer>,
  pricesOf: (answer: Answer) => Stripe.Price[],
): Promise<Answer> {
  const answer = await read(EXPANDED);
  const tiered = pricesOf(answer).filter(({ billing_scheme }) => billing_scheme === "tiered");
  const currencies = new Set(tiered.flatMap(({ currency_options = {} }) => Object.keys(currency_options)));
  if (currencies.size === 0) return answer;
  return await read([...EXPANDED, ...Array.from(currencies, (currency) => `currency_options.${currency}.tiers`)]);
}
