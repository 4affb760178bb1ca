import type { Price } from "../../core/wire.ts";
import type { Tier } from "./amount_params.ts";

/** The amount of a quantity, in the smallest currency unit: https://docs.stripe.com/products-prices/pricing-models */
export function amountOf(price: Price, quantity: number): number {
  const units = transformed(price, quantity);
  if (price.billing_scheme === "per_unit") return Math.round(units * perUnit(price));
  const tiers = price.tiers ?? [];
  return Math.round(price.tiers_mode === "volume" ? volume(tiers, units) : graduated(tiers, units));
}

function transformed({ transform_quantity: transform }: Price, quantity: number): number {
  if (!transform) return quantity;
  const packages = quantity / transform.divide_by;
  return transform.round === "up" ? Math.ceil(packages) : Math.floor(packages);
}

/** All units at the price of the last unit's tier. */
function volume(tiers: Tier[], units: number): number {
  const tier = tiers.find(({ up_to }) => up_to === null || units <= up_to);
  return tier ? flat(tier) + units * perUnit(tier) : 0;
}

/** Every unit at the price of its own tier. */
function graduated(tiers: Tier[], units: number): number {
  let [total, from] = [0, 0];
  for (const tier of tiers) {
    const to = Math.min(tier.up_to ?? Infinity, units);
    if (to > from || from === 0) total += flat(tier) + Math.max(to - from, 0) * perUnit(tier);
    from = Math.max(from, to);
    if (from >= units) break;
  }
  return total;
}

const perUnit = (asked: Pick<Price | Tier, "unit_amount_decimal">) => Number(asked.unit_amount_decimal ?? 0);
const flat = (tier: Tier) => Number(tier.flat_amount_decimal ?? 0);
