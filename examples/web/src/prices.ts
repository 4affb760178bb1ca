/** What a price costs, in words. */
import type { PriceFields, ProductWithPrices } from "@clerk-stripe-supabase/client";
import { formatMoney } from "./money.ts";

export type Interval = "month" | "year";

export const currenciesOf = (price: PriceFields): string[] =>
  Object.keys(price.currency_options ?? { [price.currency]: 0 });

/** The currency if the price has it, else the price's own. */
export const currencyOf = (price: PriceFields, currency: string): string =>
  currenciesOf(price).includes(currency) ? currency : price.currency;

export interface ShownPrice {
  /** Such as `from $200`. */
  readonly amount: string;
  /** Such as `per seat and month`; empty for a price that is paid once. */
  readonly unit: string;
}

export function showPrice(
  price: PriceFields,
  { unit_label }: { unit_label: string | null },
  currency: string,
): ShownPrice {
  const paidIn = currencyOf(price, currency);
  const { unit_amount_decimal, tiers, custom_unit_amount } = price.currency_options?.[paidIn] ?? price;
  const money = (amount: number | string) => formatMoney(Number(amount), paidIn);
  if (custom_unit_amount) {
    const { minimum } = custom_unit_amount;
    return { amount: minimum ? `from ${money(minimum)}` : "any amount", unit: showUnit(price, null) };
  }
  if (tiers) {
    const { flat_amount_decimal, unit_amount_decimal } = tiers[0]!;
    const flat = Number(flat_amount_decimal ?? 0);
    return { amount: `from ${money(flat || unit_amount_decimal!)}`, unit: showUnit(price, flat ? null : unit_label) };
  }
  return { amount: money(unit_amount_decimal!), unit: showUnit(price, unit_label) };
}

function showUnit({ recurring, transform_quantity }: PriceFields, label: string | null): string {
  const unit = label && (transform_quantity ? `${transform_quantity.divide_by} ${label}` : label);
  if (recurring === null) return unit ? `per ${unit}` : "";
  const { interval, interval_count: count } = recurring;
  const period = count === 1 ? interval : `${count} ${interval}s`;
  return unit ? `per ${unit} and ${period}` : `per ${period}`;
}

/** The product's price for this interval: its default price, if that is one, else the newest. */
export function priceOf({ default_price, prices }: ProductWithPrices, interval: Interval): PriceFields | undefined {
  const fitting = prices.filter(({ recurring }) => recurring?.interval === interval && recurring.interval_count === 1);
  return fitting.find(({ id }) => id === default_price) ?? fitting[0];
}

/** Days of the trial, which an owner has once. */
export const trialOf = ({ metadata, recurring }: PriceFields, product: { metadata: Record<string, string> }): number =>
  Number(metadata.trial_days ?? product.metadata.trial_days ?? recurring?.trial_period_days ?? 0);
