import { invalid } from "../../core/errors.ts";
import { metadata } from "../../core/metadata.ts";
import { boolean, fields, integer, list, oneOf, optionalText, orUnset, type Param, text } from "../../core/params.ts";
import { recurringPriceData } from "../price/inline.ts";
import { currency } from "../shared/currency.ts";
import { MOST_ITEMS } from "../subscription_item/item.ts";

/** A time in Unix seconds, or `now`. */
export const timeOrNow: Param<number | "now"> = (value, param) => value === "now" ? "now" : integer(0)(value, param);

export const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
export const paymentBehavior = oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete");

export const billingCycleAnchor = fields({ type: oneOf("now", "unchanged") }, "type");

/** What can be set when a subscription is created and changed later. */
const common = {
  cancel_at: orUnset(integer(0)),
  cancel_at_period_end: boolean,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  days_until_due: integer(0),
  default_payment_method: optionalText,
  description: optionalText,
  metadata,
  off_session: boolean,
  payment_behavior: paymentBehavior,
  payment_settings: fields({
    payment_method_types: orUnset(list(text, 20)),
    save_default_payment_method: oneOf("off", "on_subscription"),
  }),
  proration_behavior: prorationBehavior,
  trial_end: timeOrNow,
  trial_settings: fields({
    end_behavior: fields(
      { missing_payment_method: oneOf("cancel", "create_invoice", "pause") },
      "missing_payment_method",
    ),
  }, "end_behavior"),
};

export const createParams = fields(
  {
    ...common,
    automatic_tax: fields({ enabled: boolean }, "enabled"),
    billing_mode: fields({ type: oneOf("classic", "flexible") }, "type"),
    currency,
    customer: text,
    discounts: list(fields({ coupon: text, promotion_code: text }), 20),
    items: list(fields({ metadata, price: text, price_data: recurringPriceData, quantity: integer(0) }), MOST_ITEMS),
    trial_period_days: integer(1, 730),
  },
  "customer",
  "items",
);
export type CreateParams = ReturnType<typeof createParams>;

export const itemChange = fields({
  clear_usage: boolean,
  deleted: boolean,
  id: text,
  metadata,
  price: text,
  price_data: recurringPriceData,
  quantity: integer(0),
});
export type ItemChange = ReturnType<typeof itemChange>;

export const cancellationDetails = fields({
  comment: optionalText,
  feedback: orUnset(oneOf(
    "customer_service",
    "low_quality",
    "missing_features",
    "other",
    "switched_service",
    "too_complex",
    "too_expensive",
    "unused",
  )),
});

export const updateParams = fields({
  ...common,
  billing_cycle_anchor: billingCycleAnchor,
  cancellation_details: cancellationDetails,
  items: list(itemChange, MOST_ITEMS),
  pause_collection: orUnset(
    fields({ behavior: oneOf("keep_as_draft", "mark_uncollectible", "void"), resumes_at: integer(0) }, "behavior"),
  ),
  proration_date: integer(0),
});
export type UpdateParams = ReturnType<typeof updateParams>;

/** The end of a trial, from either parameter; null without a trial. */
export function readTrialEnd(
  params: { trial_end?: number | "now"; trial_period_days?: number },
  now: number,
): number | null {
  const { trial_end, trial_period_days } = params;
  if (trial_end !== undefined && trial_period_days !== undefined) {
    throw invalid("You cannot set `trial_end` and `trial_period_days` at the same time.", "trial_period_days");
  }
  if (trial_period_days !== undefined) return now + trial_period_days * 24 * 60 * 60;
  if (trial_end === undefined || trial_end === "now") return null;
  if (trial_end <= now) {
    throw invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end");
  }
  return trial_end;
}
