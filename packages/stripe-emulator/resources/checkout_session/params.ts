import { invalid } from "../../core/errors.ts";
import { metadata } from "../../core/metadata.ts";
import { boolean, fields, integer, list, oneOf, optionalText, type Param, text } from "../../core/params.ts";
import { inlineAmounts, inlineRecurring } from "../price/inline.ts";
import { inlineProductData } from "../product/create.ts";
import { address } from "../shared/address.ts";
import { currency } from "../shared/currency.ts";
import { url } from "../shared/url.ts";

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

const mode: Param<"payment" | "subscription"> = (value, param) => {
  const given = oneOf("payment", "setup", "subscription")(value, param);
  if (given !== "setup") return given;
  throw invalid("The mode `setup` is not supported by this emulator: use `payment` or `subscription`.", param);
};

const adjustableQuantity = fields(
  { enabled: boolean, maximum: integer(1, 999_999), minimum: integer(0) },
  "enabled",
);
const update = oneOf("auto", "never");

export const sessionParams = fields(
  {
    allow_promotion_codes: boolean,
    automatic_tax: fields({ enabled: boolean }, "enabled"),
    billing_address_collection: oneOf("auto", "required"),
    cancel_url: url,
    client_reference_id: text,
    currency,
    customer: text,
    customer_email: text,
    customer_update: fields({ address: update, name: update, shipping: update }),
    expires_at: integer(0),
    invoice_creation: fields({
      enabled: boolean,
      invoice_data: fields({ description: text, footer: text, metadata }),
    }, "enabled"),
    line_items: list(
      fields({
        adjustable_quantity: adjustableQuantity,
        metadata,
        price: text,
        price_data: priceData,
        quantity: integer(1),
      }),
      100,
    ),
    locale: optionalText,
    metadata,
    mode,
    payment_intent_data: intentData,
    payment_method_collection: oneOf("always", "if_required"),
    payment_method_types: list(oneOf("card", "sepa_debit"), 10),
    subscription_data: subscriptionData,
    success_url: url,
    tax_id_collection: fields({ enabled: boolean, required: oneOf("if_supported", "never") }, "enabled"),
    ui_mode: oneOf("hosted_page"),
  },
  "line_items",
  "mode",
  "success_url",
);
export type SessionParams = ReturnType<typeof sessionParams>;
