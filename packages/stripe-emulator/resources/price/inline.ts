import { invalid, noSuch } from "../../core/errors.ts";
import { decimal, fields, integer, text } from "../../core/params.ts";
import type { Store } from "../../core/store.ts";
import type { Price } from "../../core/wire.ts";
import { currency } from "../shared/currency.ts";
import { taxBehavior } from "./amount_params.ts";
import { interval, intervalCount, priceOf } from "./create.ts";

export const inlineRecurring = fields({ interval, interval_count: intervalCount }, "interval");
export const inlineAmounts = {
  currency,
  tax_behavior: taxBehavior,
  unit_amount: integer(0),
  unit_amount_decimal: decimal,
};

/** `price_data` of a subscription's item. */
export const recurringPriceData = fields(
  { ...inlineAmounts, product: text, recurring: inlineRecurring },
  "currency",
  "product",
  "recurring",
);
/** `price_data` of an invoice item. */
export const oneTimePriceData = fields({ ...inlineAmounts, product: text }, "currency", "product");

type Data =
  & Omit<ReturnType<typeof recurringPriceData>, "product" | "recurring">
  & Partial<Pick<ReturnType<typeof recurringPriceData>, "recurring">>;

/**
 * The price of `price_data`, which `GET /v1/prices` does not list and no other call can use; writes nothing.
 * https://docs.stripe.com/products-prices/pricing-models#inline-pricing
 */
export const inlinePrice = (data: Data, product: string, store: Store): Price => ({
  ...priceOf(data, store),
  active: false,
  product,
  inline: true,
});

/** The existing product of `price_data`. @throws StripeError unless there is one and it is active */
export function requireProduct(id: string, param: string, store: Store): string {
  const product = store.tables.product.live(id);
  if (!product) throw noSuch("product", id, param);
  if (product.active) return id;
  throw invalid(`The product ${id} is marked as inactive, so no new prices can be created with it.`, param);
}

/** Refuses both a price and `price_data`, and neither. */
export function requireOne(price: unknown, data: unknown, nameOf: (field: string) => string): void {
  if (price !== undefined && data !== undefined) {
    throw invalid(
      `You may only specify one of these parameters: ${nameOf("price")}, ${nameOf("price_data")}.`,
      nameOf("price"),
    );
  }
  if (price === undefined && data === undefined) {
    throw invalid(`Missing required param: ${nameOf("price")}.`, nameOf("price"), "parameter_missing");
  }
}
