import * as z from "zod/mini";
import { described } from "./described.ts";
import { text } from "./input.ts";
import { orNull } from "./or_null.ts";
import { owner } from "./owner.ts";
import { Page, page } from "./page.ts";

/** `GET` and `POST stripe-invoices`: a page, or the one invoice that is named. */
export const ListInvoices = z.strictObject({
  ...owner,
  limit: page.limit,
  starting_after: page.starting_after,
  invoice: described("The id of the one invoice to answer, fetched from Stripe.", z.optional(text())),
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
  total: described("Amounts are in the smallest currency unit.", z.int()),
  amount_due: z.int(),
  amount_paid: z.int(),
  amount_remaining: z.int(),
  created: described("Unix seconds.", z.int()),
  due_date: described("Unix seconds.", orNull(z.int())),
  subscription: orNull(z.string()),
  hosted_invoice_url: described(
    "Stripe's page, whose link expires: fetch the invoice again before it is opened.",
    orNull(z.string()),
  ),
  invoice_pdf: orNull(z.string()),
});
export type Invoice = z.infer<typeof Invoice>;

export const InvoicePage = Page(Invoice);
export type InvoicePage = z.infer<typeof InvoicePage>;
