import type { StripeError } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, oneOf, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice, InvoicePayment, PaymentIntent, PaymentMethod } from "../../core/wire.ts";
import { cancelIntent, createIntent, decideIntent, payIntent } from "../payment_intent/payment_intent.ts";
import { ownedBy } from "../shared/owned_by.ts";

const listed = fields({
  ...pageParams,
  created: time,
  invoice: text,
  payment: fields({ payment_intent: text, type: oneOf("payment_intent", "payment_record") }, "type"),
  status: oneOf("canceled", "open", "paid"),
});

export const expansions: Expansions<InvoicePayment> = { references: { invoice: "invoice" }, included: {} };

/** https://docs.stripe.com/api/invoice-payment */
export const invoicePayment: Resource<"invoice_payment", never, never, ReturnType<typeof listed>> = {
  kind: "invoice_payment",
  path: "/v1/invoice_payments",
  idParam: "invoice_payment",
  list: {
    params: listed,
    matches: ({ created, invoice, payment, status }) => (one) =>
      (created === undefined || created(one.created)) &&
      (invoice === undefined || one.invoice === invoice) &&
      (payment === undefined || one.payment.payment_intent === payment.payment_intent) &&
      (status === undefined || one.status === status),
  },
};

/** The payments of an invoice, oldest first. */
export const paymentsOf = ownedBy("invoice_payment", ({ invoice }) => invoice);

/** The open payment of an invoice with its intent, which are made for the first attempt. */
function openPayment(invoice: Invoice, store: Store): { payment: InvoicePayment; intent: PaymentIntent } {
  const open = paymentsOf(invoice.id, store).find(({ status }) => status === "open");
  if (open) return { payment: open, intent: store.tables.payment_intent.live(open.payment.payment_intent!)! };
  const intent = createIntent({
    amount: invoice.amount_due,
    currency: invoice.currency,
    customer: invoice.customer as string,
    description: invoice.billing_reason === "subscription_create" ? "Subscription creation" : "Subscription update",
    metadata: {},
    payment_method_types: ["card"],
    setup_future_usage: null,
    shipping: null,
  }, store);
  return { payment: addPayment(invoice, intent, store), intent };
}

/** Records that an intent pays an invoice. */
export function addPayment(invoice: Invoice, intent: PaymentIntent, store: Store): InvoicePayment {
  const paid = intent.status === "succeeded";
  return store.tables.invoice_payment.add({
    id: randomId("inpay_1", 23),
    object: "invoice_payment",
    amount_paid: paid ? intent.amount : null,
    amount_requested: intent.amount,
    created: store.time(),
    currency: intent.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: intent.id, type: "payment_intent" },
    status: paid ? "paid" : "open",
    status_transitions: { canceled_at: null, paid_at: paid ? store.time() : null },
  });
}

/** Moves the payment intent of an open invoice; ends a bank debit that is processing. */
export function payOpenInvoice(
  invoice: Invoice,
  method: PaymentMethod,
  outcome: "processing" | "requires_action" | "succeeded" | StripeError,
  store: Store,
): void {
  const { payment, intent } = openPayment(invoice, store);
  if (intent.status === "processing" && outcome !== "processing" && outcome !== "requires_action") {
    decideIntent(intent, outcome, store);
  } else {
    payIntent(intent, method, outcome, store);
  }
  if (outcome !== "succeeded") return;
  const paid = store.tables.invoice_payment.replace({
    ...payment,
    amount_paid: intent.amount,
    status: "paid",
    status_transitions: { ...payment.status_transitions, paid_at: store.time() },
  });
  store.emit("invoice_payment.paid", paid);
}

/** Cancels the open payment of an invoice that is paid otherwise or closed. */
export function cancelPayment(invoice: Invoice, store: Store): void {
  const open = paymentsOf(invoice.id, store).find(({ status }) => status === "open");
  if (!open) return;
  cancelIntent(store.tables.payment_intent.live(open.payment.payment_intent!)!, store);
  store.tables.invoice_payment.replace({
    ...open,
    status: "canceled",
    status_transitions: { ...open.status_transitions, canceled_at: store.time() },
  });
}
