import * as z from "zod/mini";
import { described } from "./described.ts";
import { orNull } from "./or_null.ts";

const amount = described(
  "In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide.",
  orNull(z.int()),
);
const decimal = described("The same as a decimal string, up to twelve places.", orNull(z.string()));

export const Tier = z.object({
  up_to: described("The last unit of this tier; null for the last tier.", orNull(z.int())),
  unit_amount: amount,
  unit_amount_decimal: decimal,
  flat_amount: amount,
  flat_amount_decimal: decimal,
});

export const CustomUnitAmount = described(
  "The customer chooses the amount, within these bounds.",
  z.object({
    minimum: amount,
    maximum: amount,
    preset: amount,
  }),
);

const money = {
  unit_amount: amount,
  unit_amount_decimal: decimal,
  custom_unit_amount: orNull(CustomUnitAmount),
  tax_behavior: orNull(z.string()),
  tiers: orNull(z.array(Tier)),
};

export const CurrencyOption = z.object(money);

export const Recurring = z.object({
  interval: z.enum(["day", "week", "month", "year"]),
  interval_count: z.int(),
  usage_type: z.string(),
  meter: orNull(z.string()),
  trial_period_days: orNull(z.int()),
});

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
  recurring: orNull(Recurring),
  transform_quantity: orNull(z.object({ divide_by: z.int(), round: z.string() })),
  currency_options: described(
    "By currency code, the price's own currency among them.",
    orNull(z.record(z.string(), CurrencyOption)),
  ),
  metadata: z.record(z.string(), z.string()),
  created: described("Unix seconds.", z.int()),
});
