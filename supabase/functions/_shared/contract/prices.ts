import * as z from "zod/mini";
import { CURRENCIES } from "./currencies.ts";
import { described } from "./described.ts";
import { oneOf, oneOrMany, text } from "./input.ts";
import { Page, page } from "./page.ts";
import { ProductFields } from "./product_fields.ts";
import { PriceFields } from "./price_fields.ts";

/** A currency of Stripe's, so that made-up ones cost neither a query nor a place in the cache. */
function currency() {
  const read = z.transform((code) => typeof code === "string" ? code.toLowerCase() : code);
  return z.pipe(
    read,
    z.string().check(z.refine((code) => CURRENCIES.has(code), "Give a currency of Stripe's, such as usd")),
  );
}

/** `GET stripe-prices`: only prices of active products, whatever the filters. */
export const ListPrices = z.strictObject({
  ...page,
  product: z.optional(text()),
  currency: z.optional(currency()),
  type: z.optional(oneOf("one_time", "recurring")),
  interval: z.optional(oneOf("day", "week", "month", "year")),
  lookup_key: z.optional(oneOrMany(text(), 20)),
  expand: z.optional(oneOrMany(oneOf("product"), 1)),
});
export type ListPrices = z.infer<typeof ListPrices>;

/** A price of the catalog. */
export const Price = z.object({
  ...PriceFields.shape,
  product: described("Its id, or the product itself with `expand=product`.", z.union([z.string(), ProductFields])),
});
export type Price = z.infer<typeof Price>;

export const PricePage = Page(Price);
export type PricePage = z.infer<typeof PricePage>;
