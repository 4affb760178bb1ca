import * as z from "zod/mini";
import { page, text } from "./input.ts";
import { orNull } from "./or_null.ts";
import { owner } from "./owner.ts";
import { Page } from "./page.ts";

/** `GET` and `POST stripe-invoices`: a page, or the one invoice that is named. */
export const ListInvoices = z.strictObject({
  ...owner,
  limit: page.limit,
  starting_after: page.starting_after,
  invoice: z.optional(text()),
}).check(z.refine(({ starting_after, invoice }) => starting_after === undefined || invoice === undefined, {
  path: ["starting_after"],
  message: "Give starting_after or invoice, not both",
}));
export type ListInvoices = z.infer<typeof ListInvoices>;

/** What a customer sees of an invoice. Meanings: https://docs.stripe.com/api/invoices/object */
export const Invoice = z.object({
  id: z.string(),
  number: orNull(z.string()),
  status: z.string(),
  currency: z.string(),
  /** Amounts are in the smallest currency unit. */
  total: z.int(),
  amount_due: z.int(),
  amount_paid: z.int(),
  amount_remaining: z.int(),
  /** Unix seconds. */
  created: z.int(),
  due_date: orNull(z.int()),
  subscription: orNull(z.string()),
  /** Stripe's pages, whose links expire: fetch the invoice again before they are opened. */
  hosted_invoice_url: orNull(z.string()),
  invoice_pdf: orNull(z.string()),
});
export type Invoice = z.infer<typeof Invoice>;

export const InvoicePage = Page(Invoice);
export type InvoicePage = z.infer<typeof InvoicePage>;
