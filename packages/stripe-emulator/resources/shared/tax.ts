import type { Customer } from "../../core/wire.ts";

/** Percent: a stand-in for Stripe Tax, with one rate for all that is sold to a country, and none elsewhere. */
const RATES: Record<string, number> = { AT: 20, DE: 19, ES: 21, FR: 20, GB: 20, IT: 22, NL: 21 };

/** What decides the tax of a sale. */
export interface TaxLocation {
  country: string;
  exempt: Customer["tax_exempt"];
}

/** The percentage of a location, and Stripe's reason for it. */
export function rateOf({ country, exempt }: TaxLocation) {
  if (exempt === "exempt") return { percent: 0, reason: "customer_exempt" as const };
  if (exempt === "reverse") return { percent: 0, reason: "reverse_charge" as const };
  const percent = RATES[country];
  return percent === undefined
    ? { percent: 0, reason: "not_collecting" as const }
    : { percent, reason: "standard_rated" as const };
}

/** The tax on an amount, which includes it already or not. */
export const taxOn = (amount: number, percent: number, inclusive: boolean): number =>
  Math.round(amount * percent / (inclusive ? 100 + percent : 100));

/** Whether a price contains its tax; one that does not say is without. */
export const isInclusive = (price: { tax_behavior: string | null } | undefined): boolean =>
  price?.tax_behavior === "inclusive";
