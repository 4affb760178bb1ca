import * as z from "zod/mini";
import { described } from "./described.ts";
import { owner } from "./owner.ts";

/** `GET` and `POST stripe-customer`. */
export const CustomerInput = z.strictObject(owner);
export type CustomerInput = z.infer<typeof CustomerInput>;

/** The owner's Stripe customer. */
export const Customer = z.object({
  customer_id: z.string(),
  livemode: z.boolean(),
  created: described("Whether this call created it.", z.boolean()),
});
export type Customer = z.infer<typeof Customer>;
