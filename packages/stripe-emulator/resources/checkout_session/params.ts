import { metadata } from "../../core/metadata.ts";
import { boolean, fields, integer, list, oneOf, optionalText, text } from "../../core/params.ts";
import { inlineAmounts, inlineRecurring } from "../price/inline.ts";
import { inlineProductData } from "../product/create.ts";
import { address } from "../shared/address.ts";

const shipping = fields({ address, name: text, phone: text }, "address", "name");
export const intentData = fields({
  description: text,
  metadata,
  setup_future_usage: oneOf("off_session", "on_session"),
  shipping,
});
const subscriptionData = fields({
  description: text,
  metadata,
  trial_end: integer(0),
  trial_period_days: integer(1, 730),
  trial_settings: fields({
    end_behavior: fields(
      { missing_payment_method: oneOf("cancel", "create_invoice", "pause") },
      "missing_payment_method",
    ),
  }, "end_behavior"),
});

const priceData = fields(
  { ...inlineAmounts, product: text, product_data: inlineProductData, recurring: inlineRecurring },
  "currency",
);

export const sessionParams = fields(
  {
    allow_promotion_codes: boolean,
    cancel_url: text,
    client_reference_id: text,
    customer: text,
    customer_email: text,
    expires_at: integer(0),
    line_items: list(fields({ price: text, price_data: priceData, quantity: integer(1) }), 100),
    locale: optionalText,
    metadata,
    mode: oneOf("payment", "subscription"),
    payment_intent_data: intentData,
    payment_method_types: list(oneOf("card", "sepa_debit"), 10),
    subscription_data: subscriptionData,
    success_url: text,
  },
  "line_items",
  "mode",
  "success_url",
);
export type SessionParams = ReturnType<typeof sessionParams>;
