import { invalid } from "../../core/errors.ts";
import type { Price } from "../../core/wire.ts";

/**
 * A price with the amounts of one of its currencies.
 *
 * @throws StripeError when the price does not have the currency
 */
export function inCurrency(price: Price, currency: string, param: string): Price {
  if (price.currency === currency) return price;
  const option = price.currency_options?.[currency];
  if (option) return { ...price, ...option, currency };
  throw invalid(
    `The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${currency}\`.`,
    param,
  );
}
