import type Stripe from "stripe";
import { type ListPage, readAll } from "../page.ts";
import type { Read } from "../read.ts";
import type { BeforeRead, Resource } from "./resource.ts";

/**
 * Stripe renders new links in every answer, and they expire (https://docs.stripe.com/invoicing/hosted-invoice-page);
 * `webhooks_delivered_at` is set once the invoice's events were delivered (https://docs.stripe.com/api/invoices/object).
 */
const unstable = ["hosted_invoice_url", "invoice_pdf", "webhooks_delivered_at"];

/** An invoice with all its lines. https://docs.stripe.com/api/invoices */
export const invoice: Resource<"invoice", Stripe.Invoice> = {
  unstable,
  retrieve: async (read, id) => await complete(read, await read(["invoices", id])),
  list: (read, page, options) => read(["invoices"], page, options),
  rest: { field: "lines", isCut: ({ lines }) => lines.has_more, complete },
};

/** Stripe embeds the first ten lines. https://docs.stripe.com/api/invoice-line-item/retrieve */
async function complete(read: Read, invoice: Stripe.Invoice, beforeRead?: BeforeRead): Promise<Stripe.Invoice> {
  const { id, lines } = invoice;
  if (!lines.has_more) return invoice;
  const data = await readAll(
    (page) => read<ListPage<Stripe.InvoiceLineItem>>(["invoices", id!, "lines"], page),
    beforeRead,
  );
  return { ...invoice, lines: { ...lines, data, has_more: false } };
}
