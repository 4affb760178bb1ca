import { invalid } from "../../core/errors.ts";
import type { AllExpansions } from "../../core/expand.ts";
import { boolean, fields, text } from "../../core/params.ts";
import { action, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice } from "../../core/wire.ts";
import { requireMethod } from "../payment_method/payment_method.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { methodOf } from "./charged_method.ts";
import { attempt, close, finalize, markPaid, send } from "./collection.ts";

const finalizeParams = fields({ auto_advance: boolean });
const payParams = fields({
  forgive: boolean,
  off_session: boolean,
  paid_out_of_band: boolean,
  payment_method: text,
});
const none = fields({});

/** The actions of an invoice: https://docs.stripe.com/invoicing/overview */
export function invoiceCalls(all: AllExpansions): Route[] {
  const one = (name: string) => ({ kind: "invoice", idParam: "invoice", path: `/v1/invoices/:id/${name}` }) as const;
  const atOf = ({ customer }: Invoice, store: Store) => timeOf(customer!, store);
  const closing = (name: string, status: "void" | "uncollectible", from: string[]) =>
    action({
      ...one(name),
      params: none,
      run(invoice, _, store) {
        if (!from.includes(invoice.status!)) {
          throw invalid("You can only pass in open invoices. This invoice isn't open.", "invoice");
        }
        return close(invoice, status, atOf(invoice, store), store);
      },
    }, all);

  return [
    action({ ...one("finalize"), params: finalizeParams, run: finalizeNow }, all),
    action({ ...one("pay"), params: payParams, run: pay }, all),
    action({ ...one("send"), params: none, run: sendNow }, all),
    closing("void", "void", ["open", "uncollectible"]),
    closing("mark_uncollectible", "uncollectible", ["open"]),
  ];

  function finalizeNow(draft: Invoice, { auto_advance }: ReturnType<typeof finalizeParams>, store: Store): Invoice {
    const at = atOf(draft, store);
    const invoice = finalize({ ...draft, auto_advance: auto_advance ?? draft.auto_advance }, at, store);
    const charges = invoice.auto_advance && invoice.collection_method === "charge_automatically";
    return charges && invoice.status === "open" ? attempt(invoice, at, store).invoice : invoice;
  }

  function sendNow(invoice: Invoice, _: object, store: Store): Invoice {
    if (invoice.collection_method !== "send_invoice") {
      throw invalid("You can only manually send an invoice if its collection method is 'send_invoice'.", "invoice");
    }
    if (invoice.status !== "draft" && invoice.status !== "open") {
      throw invalid("You can only pass in open invoices. This invoice isn't open.", "invoice");
    }
    if (!store.tables.customer.live(invoice.customer!)?.email) {
      throw invalid(
        "Missing email. In order to create invoices that are sent to the customer, the customer must have a valid email.",
        "email",
      );
    }
    return send(invoice.status === "draft" ? finalize(invoice, atOf(invoice, store), store) : invoice, store);
  }
}

/** Pays an invoice with the given method or its own; finalizes a draft first. */
function pay(before: Invoice, params: ReturnType<typeof payParams>, store: Store): Invoice {
  const at = timeOf(before.customer!, store);
  if (before.status === "paid") throw invalid("Invoice is already paid", "invoice");
  if (before.status === "void") throw invalid("This invoice is void and can't be paid.", "invoice");
  const method = params.payment_method === undefined
    ? methodOf(before, store)
    : requireMethod(params.payment_method, "payment_method", before.customer!, store);
  if (!method && !params.paid_out_of_band) {
    throw invalid(
      "There is no `default_payment_method` set on this Customer or Invoice. Please set either of these or pass in a `payment_method`.",
      "payment_method",
    );
  }
  const open = before.status === "draft" ? finalize(before, at, store) : before;
  if (open.status === "paid") return open;
  if (params.paid_out_of_band) return markPaid(open, at, store);
  const { invoice, error } = attempt(open, at, store, method);
  if (error) throw error;
  return invoice;
}
