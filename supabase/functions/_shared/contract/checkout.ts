/** `POST stripe-checkout`: a page of Stripe on which the owner buys. */
import * as z from "zod/mini";
import { described } from "./described.ts";
import { integer, text } from "./input.ts";
import { orNull } from "./or_null.ts";
import { owner } from "./owner.ts";
import { redirect } from "./redirect.ts";

export const CheckoutInput = z.strictObject({
  ...owner,
  price: described("The id of a price, or its lookup key.", text()),
  quantity: z.optional(integer(1, 999_999)),
  currency: z.optional(z.string().check(z.regex(/^[a-z]{3}$/, "Give a currency in lower case, such as eur"))),
  success_url: described("Stripe replaces `{CHECKOUT_SESSION_ID}` in it.", redirect()),
  cancel_url: redirect(),
  /** https://docs.stripe.com/js/appendix/supported_locales */
  locale: z.optional(z.string().check(z.regex(/^(auto|[a-z]{2,3}(-[A-Za-z0-9]{2,4})?)$/, "Give a locale, such as de"))),
});
export type CheckoutInput = z.infer<typeof CheckoutInput>;

export const Checkout = z.object({
  id: z.string(),
  url: z.string(),
  expires_at: described("Unix seconds.", z.int()),
  mode: z.enum(["payment", "subscription"]),
  trial_days: orNull(z.int()),
});
export type Checkout = z.infer<typeof Checkout>;
