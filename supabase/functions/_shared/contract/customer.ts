import * as z from "zod/mini";

/** The caller's Stripe customer; `created` says whether this very call created it. */
export const Customer = z.object({
  customer_id: z.string(),
  livemode: z.boolean(),
  created: z.boolean(),
});
export type Customer = z.infer<typeof Customer>;
