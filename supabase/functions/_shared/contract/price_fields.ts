import * as z from "zod/mini";
import { orNull } from "./or_null.ts";

/** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
const amount = orNull(z.int());
/** The same as a decimal string, up to twelve places. */
const decimal = orNull(z.string());

const Tier = z.object({
  /** The last unit of this tier; null for the last tier. */
  up_to: orNull(z.int()),
  unit_amount: amount,
  unit_amount_decimal: decimal,
  flat_amount: amount,
  flat_amount_decimal: decimal,
});

/** The customer chooses the amount, within these bounds. */
const CustomUnitAmount = z.object({
  minimum: amount,
  maximum: amount,
  preset: amount,
});

const money = {
  unit_amount: amount,
  unit_amount_decimal: decimal,
  custom_unit_amount: orNull(CustomUnitAmount),
  tax_behavior: orNull(z.string()),
  tiers: orNull(z.array(Tier)),
};

/** The fields needed to show and buy a price. Meanings: https://docs.stripe.com/api/prices/object */
export const PriceFields = z.object({
  id: z.string(),
  active: z.boolean(),
  product: z.string(),
  currency: z.string(),
  type: z.enum(["one_time", "recurring"]),
  nickname: orNull(z.string()),
  lookup_key: orNull(z.string()),
  billing_scheme: z.enum(["per_unit", "tiered"]),
  ...money,
  tiers_mode: orNull(z.string()),
  recurring: orNull(z.object({
    interval: z.enum(["day", "week", "month", "year"]),
    interval_count: z.int(),
    usage_type: z.string(),
    meter: orNull(z.string()),
    trial_period_days: orNull(z.int()),
  })),
  transform_quantity: orNull(z.object({ divide_by: z.int(), round: z.string() })),
  /** By currency code, the price's own currency among them. */
  currency_options: orNull(z.record(z.string(), z.object(money))),
  metadata: z.record(z.string(), z.string()),
  /** Unix seconds. */
  created: z.int(),
});
