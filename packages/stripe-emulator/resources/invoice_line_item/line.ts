import { randomId } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice, InvoiceItem, LineItem, Price, SubscriptionItem } from "../../core/wire.ts";
import { amountOf } from "../price/amount_of.ts";
import { inCurrency } from "../price/in_currency.ts";
import { netOf, reduced, totalDiscounts } from "./reduced.ts";
import { type Taxed, taxed, totalTaxes } from "./taxed.ts";

/** How many lines an invoice object contains; the list of lines has all. */
const SHOWN = 10;

export type NewLine = Omit<LineItem, "id" | "object" | "invoice">;

const COMMON = {
  discount_amounts: [],
  discountable: true,
  discounts: [],
  livemode: false,
  pretax_credit_amounts: [],
  subscription: null,
  taxes: [],
} satisfies Partial<LineItem>;

/** The line of a subscription item for its current period; 0 during a trial. */
export function lineOfItem(item: SubscriptionItem, currency: string, trial: boolean, store: Store): NewLine {
  const price = inCurrency(store.tables.price.live(item.price.id)!, currency, "currency");
  const name = store.tables.product.live(price.product)?.name ?? price.product;
  const quantity = item.quantity ?? 1;
  const amount = trial ? 0 : amountOf(price, quantity);
  return {
    ...COMMON,
    amount,
    currency,
    description: trial ? `Trial period for ${name}` : `${quantity} × ${name} (at ${priceInWords(price)})`,
    metadata: item.metadata,
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: "subscription_item_details",
    },
    period: { start: item.current_period_start, end: item.current_period_end },
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: "price_details",
      unit_amount_decimal: trial ? "0" : price.unit_amount_decimal,
    },
    quantity,
    quantity_decimal: String(quantity),
    subtotal: amount,
  };
}

/** The line of an invoice item. */
export function lineOfInvoiceItem(item: InvoiceItem): NewLine {
  return {
    ...COMMON,
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    discountable: item.discountable,
    metadata: item.metadata ?? {},
    parent: {
      invoice_item_details: {
        invoice_item: item.id,
        proration: item.proration,
        proration_details: { credited_items: null },
        subscription: item.parent?.subscription_details?.subscription ?? null,
      },
      subscription_item_details: null,
      type: "invoice_item_details",
    },
    period: item.period,
    pricing: item.pricing,
    quantity: item.quantity,
    quantity_decimal: item.quantity_decimal,
    subtotal: item.amount,
  };
}

/** Adds lines to an invoice and updates its sums. */
export function withLines<I extends Summed & Pick<Invoice, "id" | "line_ids">>(
  invoice: I,
  lines: NewLine[],
  store: Store,
) {
  const added = lines.map((line) =>
    store.tables.line_item.add({ ...line, id: randomId("il_1", 23), object: "line_item", invoice: invoice.id })
  );
  const after = { ...invoice, line_ids: [...invoice.line_ids, ...added.map(({ id }) => id)] };
  return withStoredSums(after, store);
}

/** Removes a line from an invoice and updates its sums. */
export function withoutLine(invoice: Invoice, id: string, store: Store): Invoice {
  store.tables.line_item.remove(id);
  const after = { ...invoice, line_ids: invoice.line_ids.filter((other) => other !== id) };
  return withStoredSums(after, store);
}

/** The invoice with the sums of its lines, which store their discounts and their tax. */
function withStoredSums<I extends Summed & Pick<Invoice, "id" | "line_ids">>(invoice: I, store: Store) {
  const lines = finished(invoice, linesOf(invoice, store), store);
  for (const line of lines) store.tables.line_item.replace(line);
  return withSums(invoice, lines, `/v1/invoices/${invoice.id}/lines`);
}

export const linesOf = ({ line_ids }: Pick<Invoice, "line_ids">, store: Store): LineItem[] =>
  line_ids.map((id) => store.tables.line_item.live(id)!);

/** What the sums of an invoice depend on, apart from its lines. */
type Summed = Taxed & Pick<Invoice, "discounts" | "starting_balance">;

/** The lines with their discounts and their tax. */
export const finished = <L extends LineItem>(
  invoice: Omit<Summed, "starting_balance">,
  lines: L[],
  store: Store,
): L[] => taxed(invoice, reduced(invoice, lines, store), store);

/** The lines as an invoice contains them, and the sums with its discounts, its taxes and the customer's balance. */
export function withSums<I extends Summed>(invoice: I, lines: LineItem[], url: string) {
  const subtotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const total_taxes = totalTaxes(lines);
  const taxes = (behavior: string) =>
    total_taxes.reduce((sum, { amount, tax_behavior }) => tax_behavior === behavior ? sum + amount : sum, 0);
  const total = lines.reduce((sum, line) => sum + netOf(line), taxes("exclusive"));
  const due = Math.max(0, total + invoice.starting_balance);
  return {
    ...invoice,
    amount_due: due,
    amount_remaining: due,
    lines: {
      object: "list" as const,
      data: lines.slice(0, SHOWN),
      has_more: lines.length > SHOWN,
      url,
    },
    subtotal,
    subtotal_excluding_tax: subtotal - taxes("inclusive"),
    total,
    total_discount_amounts: totalDiscounts(invoice, lines),
    total_excluding_tax: total - taxes("exclusive") - taxes("inclusive"),
    total_taxes,
  };
}

/** For example `$9.00 / month`. */
function priceInWords(price: Price): string {
  const { interval, interval_count } = price.recurring!;
  const every = interval_count === 1 ? interval : `every ${interval_count} ${interval}s`;
  if (price.unit_amount === null) return `tiered pricing / ${every}`;
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency: price.currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return `${format.format(price.unit_amount / 10 ** digits)} / ${every}`;
}
