import * as z from "zod/mini";
import { owner } from "./owner.ts";

/** `GET` and `POST stripe-customer`. */
export const CustomerInput = z.strictObject(owner);
export type CustomerInput = z.infer<typeof CustomerInput>;

/** The owner's Stripe customer; `created` says whether this call created it. */
export const Customer = z.object({
  customer_id: z.string(),
  livemode: z.boolean(),
  created: z.boolean(),
});
export type Customer = z.infer<typeof Customer>;
