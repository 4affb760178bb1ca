import { randomId } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import type { Customer, Invoice, InvoiceItem, Subscription } from "../../core/wire.ts";
import { finished, lineOfInvoiceItem, type NewLine, withLines, withSums } from "../invoice_line_item/line.ts";
import { ownedBy } from "../shared/owned_by.ts";

const DAY = 24 * 60 * 60;

export interface NewInvoice {
  customer: Customer;
  /** The time of creation, in seconds. */
  at: number;
  currency: string;
  billing_reason: Invoice["billing_reason"];
  collection_method: Invoice["collection_method"];
  days_until_due?: number | null;
  due_date?: number;
  auto_advance: boolean;
  /** Whether its tax is calculated. */
  taxed?: boolean;
  /** The time of automatic finalization, in seconds. */
  finalizesAt?: number;
  period: { start: number; end: number };
  subscription?: Pick<Subscription, "id" | "metadata" | "description">;
  default_payment_method?: string | null;
  description?: string | null;
  footer?: string | null;
  metadata?: Record<string, string>;
  /** The ids of the discounts that reduce it. */
  discounts?: string[];
}

/** Creates a draft with the given lines, followed by the given pending invoice items. */
export function createInvoice(from: NewInvoice, lines: NewLine[], pending: InvoiceItem[], store: Store): Invoice {
  const { customer, at } = from;
  const id = randomId("in_1", 23);
  const invoice = withLines(
    { ...blank(from), id, line_ids: [], starting_balance: customer.balance },
    [...lines, ...pending.map(lineOfInvoiceItem)],
    store,
  );
  for (const item of pending) store.tables.invoiceitem.replace({ ...item, invoice: id }, { silent: true });
  return store.tables.invoice.add({
    ...invoice,
    created: at,
    default_payment_method: from.default_payment_method ?? null,
  });
}

/** The invoice that createInvoice would create, without an id; writes nothing. */
export function previewInvoice(from: NewInvoice, lines: NewLine[], pending: InvoiceItem[], store: Store) {
  const shown = [...lines, ...pending.map(lineOfInvoiceItem)].map((line) => ({
    ...line,
    id: randomId("il_tmp_1", 23),
    object: "line_item" as const,
    invoice: null,
  }));
  const url = `/v1/invoices/upcoming/lines?customer=${from.customer.id}`;
  const draft = {
    ...blank(from),
    created: from.at,
    default_payment_method: null,
    starting_balance: from.customer.balance,
  };
  return withSums(draft, finished(draft, shown, store), url);
}

/** The invoice items that an invoice takes: those of a subscription, those of none (`loose`), or both. */
export interface Pending {
  subscription?: string;
  loose?: boolean;
}

const itemsOf = ownedBy("invoiceitem", ({ customer }) => customer);

/** The customer's invoice items without an invoice. */
export const pendingItems = (
  customer: string,
  currency: string,
  { subscription, loose = false }: Pending,
  store: Store,
): InvoiceItem[] =>
  itemsOf(customer, store).filter((item) => {
    const of = item.parent?.subscription_details?.subscription;
    return item.invoice === null && item.currency === currency && (of === undefined ? loose : of === subscription);
  });

const automaticTax = ({ customer, taxed = false }: NewInvoice) => ({
  disabled_reason: null,
  enabled: taxed,
  liability: taxed ? { type: "self" as const } : null,
  provider: taxed ? "stripe" : null,
  status: taxed ? customer.address?.country ? "complete" : "requires_location_inputs" : null,
});

function blank(from: NewInvoice) {
  const { customer, at, subscription, collection_method } = from;
  return {
    object: "invoice" as const,
    account_country: "US",
    account_name: "Local test account",
    account_tax_ids: null,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: from.auto_advance,
    automatic_tax: automaticTax(from),
    automatically_finalizes_at: from.finalizesAt ?? null,
    billing_reason: from.billing_reason,
    collection_method,
    currency: from.currency,
    custom_fields: customer.invoice_settings.custom_fields,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: customer.shipping,
    customer_tax_exempt: customer.tax_exempt ?? "none",
    customer_tax_ids: [],
    default_source: null,
    default_tax_rates: [],
    description: from.description ?? subscription?.description ?? null,
    discounts: from.discounts ?? [],
    due_date: collection_method === "send_invoice" ? from.due_date ?? at + (from.days_until_due ?? 30) * DAY : null,
    effective_at: null,
    ending_balance: null,
    footer: from.footer ?? customer.invoice_settings.footer,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    livemode: false,
    metadata: from.metadata ?? {},
    next_payment_attempt: collection_method === "charge_automatically" && from.finalizesAt ? from.finalizesAt : null,
    number: null,
    on_behalf_of: null,
    parent: subscription
      ? {
        quote_details: null,
        subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
        type: "subscription_details" as const,
      }
      : null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: from.period.end,
    period_start: from.period.start,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    statement_descriptor: null,
    status: "draft" as const,
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    test_clock: customer.test_clock ?? null,
    total_discount_amounts: [],
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
  };
}
