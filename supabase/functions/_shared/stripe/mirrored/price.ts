import type Stripe from "stripe";
import { logWarning } from "../../log.ts";
import type { ListPage } from "../page.ts";
import type { Read } from "../read.ts";
import type { Resource } from "./resource.ts";

/** A price with its tiers in every currency. https://docs.stripe.com/api/prices */
export const price: Resource<"price", Stripe.Price> = {
  retrieve: async (read, id) => await complete(read, await read(["prices", id], { expand: EXPANDED })),
  async list(read, page, options) {
    const expand = EXPANDED.map((field) => `data.${field}`);
    const { data, has_more } = await read<ListPage<Stripe.Price>>(["prices"], { ...page, expand }, options);
    return { data: data.map(withOwnTiers), has_more };
  },
  rest: { field: "currency_options", isCut: (price) => otherCurrencies(price).length > 0, complete },
};

/** Stripe leaves these out unless they are requested. https://docs.stripe.com/api/expanding_objects */
const EXPANDED = ["tiers", "currency_options"];

/** The currencies of a tiered price whose tiers are not in `tiers`. */
function otherCurrencies({ billing_scheme, currency, currency_options = {} }: Stripe.Price): string[] {
  return billing_scheme === "tiered" ? Object.keys(currency_options).filter((code) => code !== currency) : [];
}

/**
 * Stripe gives the tiers of a currency only to a request that names the currency. Asked for each price alone, and only
 * for the currencies that it has: Stripe may refuse the whole request for one currency that a price lacks.
 */
async function complete(read: Read, price: Stripe.Price): Promise<Stripe.Price> {
  const currencies = otherCurrencies(price);
  if (currencies.length === 0) return withOwnTiers(price);
  const expand = [...EXPANDED, ...currencies.map((currency) => `currency_options.${currency}.tiers`)];
  return withOwnTiers(
    await read<Stripe.Price>(["prices", price.id], { expand }).catch((error) => {
      if (error.type !== "StripeInvalidRequestError" || error.code === "resource_missing") throw error;
      logWarning(
        `The tiers of price "${price.id}" in other currencies are left out: Stripe refuses to expand them`,
        error,
      );
      return price;
    }),
  );
}

/** Among the currency options is the price's own, whose tiers are those of the price. */
function withOwnTiers(price: Stripe.Price): Stripe.Price {
  const { billing_scheme, currency, currency_options, tiers } = price;
  const own = currency_options?.[currency];
  if (billing_scheme !== "tiered" || own === undefined || tiers === undefined) return price;
  return { ...price, currency_options: { ...currency_options, [currency]: { ...own, tiers } } };
}
