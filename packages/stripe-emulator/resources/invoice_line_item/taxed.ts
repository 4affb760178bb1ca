import type { Store } from "../../core/store.ts";
import type { Invoice, LineItem } from "../../core/wire.ts";
import { isInclusive, rateOf, taxOn } from "../shared/tax.ts";
import { netOf } from "./reduced.ts";

/** What the tax of an invoice depends on, apart from its lines. */
export type Taxed = Pick<Invoice, "automatic_tax" | "customer_address" | "customer_tax_exempt">;

/** The lines with their tax, if the invoice has automatic tax and knows the customer's country. */
export function taxed<L extends LineItem>(
  { automatic_tax, customer_address, customer_tax_exempt: exempt }: Taxed,
  lines: L[],
  store: Store,
): L[] {
  const country = customer_address?.country;
  if (!automatic_tax.enabled || !country) return lines;
  const { percent, reason } = rateOf({ country, exempt });
  return lines.map((line) => {
    const inclusive = isInclusive(store.tables.price.live(line.pricing?.price_details?.price ?? ""));
    const net = netOf(line);
    const amount = taxOn(net, percent, inclusive);
    return {
      ...line,
      taxes: [{
        amount,
        tax_behavior: inclusive ? "inclusive" as const : "exclusive" as const,
        tax_rate_details: { tax_rate: `txr_local${country}` },
        taxability_reason: reason,
        taxable_amount: inclusive ? net - amount : net,
        type: "tax_rate_details" as const,
      }],
    };
  });
}

/** The sums of the taxes over all lines, one for each behavior. */
export function totalTaxes(lines: LineItem[]): NonNullable<Invoice["total_taxes"]> {
  const all = lines.flatMap(({ taxes }) => taxes ?? []);
  return [...Map.groupBy(all, ({ tax_behavior }) => tax_behavior).values()].map((taxes) => ({
    ...taxes[0]!,
    amount: taxes.reduce((sum, { amount }) => sum + amount, 0),
    taxable_amount: taxes.reduce((sum, { taxable_amount }) => sum + (taxable_amount ?? 0), 0),
  }));
}
