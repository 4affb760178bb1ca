/** Stripe's amounts are in the smallest unit of a currency, of which Intl knows the decimals; but for these. */
const DECIMALS_AT_STRIPE: Readonly<Record<string, number>> = { isk: 2, ugx: 2 };

/** @param amount In the smallest unit; it may have a fraction, as a price for usage has. */
export function formatMoney(amount: number, currency: string): string {
  const format = (options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(undefined, { style: "currency", currency, ...options });
  const usual = format({}).resolvedOptions().maximumFractionDigits ?? 2;
  const value = amount / 10 ** (DECIMALS_AT_STRIPE[currency] ?? usual);
  if (Number.isInteger(value)) return format({ maximumFractionDigits: 0 }).format(value);
  return format({ minimumFractionDigits: usual, maximumFractionDigits: Math.max(usual, 6) }).format(value);
}

/** @param seconds Unix time. */
export const formatDate = (seconds: number): string =>
  new Intl.DateTimeFormat(undefined, { dateStyle: "long" }).format(seconds * 1_000);
