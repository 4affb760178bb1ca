import { randomId } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice, InvoiceItem, LineItem, Price, SubscriptionItem } from "../../core/wire.ts";
import { amountOf } from "../price/amount_of.ts";
import { inCurrency } from "../price/in_currency.ts";

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
export function withLines<I extends Pick<Invoice, "id" | "line_ids" | "starting_balance">>(
  invoice: I,
  lines: NewLine[],
  store: Store,
) {
  const added = lines.map((line) =>
    store.tables.line_item.add({ ...line, id: randomId("il_1", 23), object: "line_item", invoice: invoice.id })
  );
  const after = { ...invoice, line_ids: [...invoice.line_ids, ...added.map(({ id }) => id)] };
  return withSums(after, linesOf(after, store), `/v1/invoices/${invoice.id}/lines`);
}

/** Removes a line from an invoice and updates its sums. */
export function withoutLine(invoice: Invoice, id: string, store: Store): Invoice {
  store.tables.line_item.remove(id);
  const after = { ...invoice, line_ids: invoice.line_ids.filter((other) => other !== id) };
  return withSums(after, linesOf(after, store), `/v1/invoices/${invoice.id}/lines`);
}

export const linesOf = ({ line_ids }: Pick<Invoice, "line_ids">, store: Store): LineItem[] =>
  line_ids.map((id) => store.tables.line_item.live(id)!);

/** The lines as an invoice contains them, and the sums with the customer's balance. */
export function withSums<I extends Pick<Invoice, "starting_balance">>(invoice: I, lines: LineItem[], url: string) {
  const total = lines.reduce((sum, { amount }) => sum + amount, 0);
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
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
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
