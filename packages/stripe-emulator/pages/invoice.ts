import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { StripeError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { Invoice } from "../core/wire.ts";
import { attempt } from "../resources/invoice/collection.ts";
import { linesOf } from "../resources/invoice_line_item/line.ts";
import { attach } from "../resources/payment_method/payment_method.ts";
import { timeOf } from "../resources/test_clock/test_clock.ts";
import { type Html, layout, money } from "./layout.ts";
import { lineTable } from "./line_table.ts";
import { chosenMethod, methodChoice } from "./methods.ts";

/** The page of a finalized invoice, at its `hosted_invoice_url`: shows it, and takes the payment of an open one. */
export const invoicePages = (store: Store): Hono =>
  new Hono()
    .get("/i/:account/:secret", (context) => show(context, store))
    // No PDF is made: its link leads to the page.
    .get("/i/:account/:secret/pdf", (context) => context.redirect(`${context.req.path.slice(0, -"/pdf".length)}?s=ap`))
    .post("/i/:account/:secret", async (context) => {
      const { method } = await context.req.parseBody();
      return pay(context, String(method), store);
    });

const invoiceOf = (context: Context, store: Store): Invoice | undefined =>
  store.tables.invoice.find(({ hosted_invoice_url }) =>
    hosted_invoice_url?.endsWith(`/${context.req.param("secret")}?s=ap`) ?? false
  );

function show(context: Context, store: Store, error?: StripeError) {
  const invoice = invoiceOf(context, store);
  if (!invoice) return context.html(layout("Invoice not found", html`<p>This link is not valid.</p>`), 404);
  const page = layout(`Invoice ${invoice.number}`, content(invoice, store), error?.message);
  return context.html(page, error ? error.status as 400 | 402 : 200);
}

const content = (invoice: Invoice, store: Store): Html =>
  html`
    <p>Status: ${invoice.status}</p>
    ${lineTable("Lines", linesOf(invoice, store), {
      Total: money(invoice.total, invoice.currency),
      Due: money(invoice.amount_remaining, invoice.currency),
    })}
    ${invoice.status === "open" ? html`<form method="post">${methodChoice(["card"])}<button>Pay</button></form>` : ""}
  `;

/** Pays an open invoice with a card, which is saved to the customer. */
function pay(context: Context, choice: string, store: Store) {
  const invoice = invoiceOf(context, store);
  if (invoice?.status !== "open") return show(context, store);
  const chosen = chosenMethod(choice, ["card"], { address: null, email: null, name: null }, store);
  if (!chosen) return show(context, store, new StripeError(400, { message: "Choose a payment method." }));
  try {
    const method = attach(chosen.id, invoice.customer as string, store);
    const { error } = attempt(invoice, timeOf(invoice.customer as string, store), store, method);
    return show(context, store, error);
  } catch (error) {
    if (error instanceof StripeError) return show(context, store, error);
    throw error;
  }
}
