import * as z from "zod/mini";
import { described } from "./described.ts";
import { oneOf, oneOrMany } from "./input.ts";
import { Page, page } from "./page.ts";
import { PriceFields } from "./price_fields.ts";
import { ProductFields } from "./product_fields.ts";

/** `GET stripe-products`. */
export const ListProducts = z.strictObject({
  ...page,
  expand: z.optional(oneOrMany(oneOf("prices"), 1)),
});
export type ListProducts = z.infer<typeof ListProducts>;

/** A product of the catalog. */
export const Product = z.object({
  ...ProductFields.shape,
  prices: described("Its active prices; present only with `expand=prices`.", z.optional(z.array(PriceFields))),
});
export type Product = z.infer<typeof Product>;

export const ProductPage = Page(Product);
export type ProductPage = z.infer<typeof ProductPage>;
