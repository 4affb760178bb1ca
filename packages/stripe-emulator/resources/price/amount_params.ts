import { invalid } from "../../core/errors.ts";
import { boolean, decimal, fields, integer, list, oneOf, type Param, text } from "../../core/params.ts";
import type { Price } from "../../core/wire.ts";

export type Tier = NonNullable<Price["tiers"]>[number];
type CurrencyOption = NonNullable<Price["currency_options"]>[string];

const amount = integer(0);
export const taxBehavior = oneOf("exclusive", "inclusive", "unspecified");

const upTo: Param<number | null> = (value, param) => text(value, param) === "inf" ? null : integer(1)(value, param);
export const tierParams = list(
  fields({
    flat_amount: amount,
    flat_amount_decimal: decimal,
    unit_amount: amount,
    unit_amount_decimal: decimal,
    up_to: upTo,
  }, "up_to"),
  100,
);

export const customUnitAmountParams = fields(
  { enabled: boolean, maximum: amount, minimum: amount, preset: amount },
  "enabled",
);

/** The amount parameters, which a price and each of its currency options share. */
export const amountParams = {
  custom_unit_amount: customUnitAmountParams,
  tax_behavior: taxBehavior,
  tiers: tierParams,
  unit_amount: amount,
  unit_amount_decimal: decimal,
};
export const currencyOptionParams = fields(amountParams);
export type AmountParams = ReturnType<typeof currencyOptionParams>;

/** Reads the unit amount: exactly one of an amount, a decimal, tiers and an amount that the customer chooses. */
export function readAmounts(params: AmountParams, prefix = ""): CurrencyOption {
  const nameOf = (name: string) => prefix ? `${prefix}[${name}]` : name;
  const given = (["unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers"] as const)
    .filter((name) => params[name] !== undefined);
  if (given.length > 1) {
    throw invalid(`You may only specify one of these parameters: ${given.map(nameOf).join(", ")}.`, nameOf(given[0]!));
  }
  if (given.length === 0) {
    throw invalid("Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.", prefix || undefined);
  }
  const custom = params.custom_unit_amount;
  if (custom && !custom.enabled) {
    throw invalid("Invalid custom_unit_amount[enabled]: must be true", nameOf("custom_unit_amount"));
  }
  return {
    custom_unit_amount: custom
      ? { maximum: custom.maximum ?? null, minimum: custom.minimum ?? null, preset: custom.preset ?? null }
      : null,
    tax_behavior: params.tax_behavior ?? "unspecified",
    ...(params.tiers && { tiers: readTiers(params.tiers, nameOf("tiers")) }),
    ...both(params.unit_amount, params.unit_amount_decimal),
  };
}

function readTiers(tiers: ReturnType<typeof tierParams>, param: string): Tier[] {
  tiers.forEach(({ up_to }, index) => {
    const last = index === tiers.length - 1;
    const before = index > 0 ? tiers[index - 1]!.up_to : 0;
    if (last && up_to !== null) {
      throw invalid("The last tier in your price must be a catch all tier by setting `up_to` to `inf`.", param);
    }
    if (!last && (up_to === null || up_to <= (before ?? Infinity))) {
      throw invalid(
        "Tiers must be in ascending order of `up_to`, and only the last can be `inf`.",
        `${param}[${index}][up_to]`,
      );
    }
  });
  return tiers.map((tier, index) => {
    const perUnit = both(tier.unit_amount, tier.unit_amount_decimal);
    const flat = both(tier.flat_amount, tier.flat_amount_decimal);
    if (perUnit.unit_amount_decimal === null && flat.unit_amount_decimal === null) {
      throw invalid(
        "Each tier needs at least one of `unit_amount`, `unit_amount_decimal`, `flat_amount` or `flat_amount_decimal`.",
        `${param}[${index}]`,
      );
    }
    return {
      flat_amount: flat.unit_amount,
      flat_amount_decimal: flat.unit_amount_decimal,
      ...perUnit,
      up_to: tier.up_to,
    };
  });
}

/** An amount and its decimal, from either; the amount is null when the decimal is not whole. */
function both(whole: number | undefined, fraction: string | undefined) {
  if (whole !== undefined) return { unit_amount: whole, unit_amount_decimal: String(whole) };
  if (fraction === undefined) return { unit_amount: null, unit_amount_decimal: null };
  return { unit_amount: fraction.includes(".") ? null : Number(fraction), unit_amount_decimal: fraction };
}
