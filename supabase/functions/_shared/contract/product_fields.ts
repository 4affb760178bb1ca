import * as z from "zod/mini";
import { described } from "./described.ts";
import { orNull } from "./or_null.ts";

/** The fields needed to show a product. Meanings: https://docs.stripe.com/api/products/object */
export const ProductFields = z.object({
  id: z.string(),
  name: z.string(),
  description: orNull(z.string()),
  active: z.boolean(),
  images: z._default(z.array(z.string()), []),
  marketing_features: z._default(z.array(z.object({ name: z.optional(z.string()) })), []),
  default_price: orNull(z.string()),
  unit_label: orNull(z.string()),
  url: orNull(z.string()),
  metadata: z.record(z.string(), z.string()),
  created: described("Unix seconds.", z.int()),
});
