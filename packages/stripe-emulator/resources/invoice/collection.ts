import { invalid, type StripeError } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice } from "../../core/wire.ts";
import { cancelPayment, payOpenInvoice } from "../invoice_payment/invoice_payment.ts";
import { charge, type Failure } from "../payment_method/test_cards.ts";
import { endSubscription, followInvoice, subscriptionOf } from "../subscription/status.ts";
import { methodOf, missingMethod, rememberMethod } from "./charged_method.ts";

const DAY = 24 * 60 * 60;
/** Days from each failed attempt to the next: Stripe's default without smart retries. */
const RETRIES = [3, 5, 7];

/** Opens a draft; an invoice of 0 is paid at once. */
export function finalize(draft: Invoice, at: number, store: Store): Invoice {
  if (draft.status !== "draft") {
    throw invalid(
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      undefined,
      "invoice_not_editable",
    );
  }
  const customer = store.tables.customer.live(draft.customer!);
  const left = Math.min(0, draft.total + draft.starting_balance);
  const sequence = customer?.next_invoice_sequence ?? 1;
  if (customer) {
    store.tables.customer.replace({
      ...customer,
      balance: left,
      currency: customer.currency ?? draft.currency,
      next_invoice_sequence: sequence + 1,
    });
  }
  const page = `${store.origin}/i/${store.account}/${randomId("test_", 40)}`;
  const invoice = store.tables.invoice.replace({
    ...draft,
    automatically_finalizes_at: null,
    effective_at: at,
    ending_balance: left,
    hosted_invoice_url: `${page}?s=ap`,
    invoice_pdf: `${page}/pdf?s=ap`,
    next_payment_attempt: null,
    number: `${customer?.invoice_prefix ?? "DELETED"}-${String(sequence).padStart(4, "0")}`,
    status: "open",
    status_transitions: { ...draft.status_transitions, finalized_at: at },
  });
  store.emit("invoice.finalized", invoice);
  return invoice.amount_due === 0 ? markPaid(invoice, at, store) : invoice;
}

/** The automatic step of a draft with auto_advance: finalizes it, then charges or sends it. */
export function advanceInvoice(draft: Invoice, at: number, store: Store): Invoice {
  const invoice = finalize(draft, at, store);
  if (invoice.status !== "open") return invoice;
  return invoice.collection_method === "send_invoice" ? send(invoice, store) : attempt(invoice, at, store).invoice;
}

export function send(invoice: Invoice, store: Store): Invoice {
  store.emit("invoice.sent", invoice);
  return invoice;
}

/**
 * Charges an open invoice; schedules a retry after a failure, until the last one.
 *
 * @param failure What the charge ends with, if that is known: null after the authentication of a card
 */
export function attempt(
  invoice: Invoice,
  at: number,
  store: Store,
  method = methodOf(invoice, store),
  failure: Failure | null = method ? charge(method) ?? null : { error: missingMethod(), requiresAction: false },
): { invoice: Invoice; error?: StripeError } {
  if (method) {
    const outcome = failure ? failure.requiresAction ? "requires_action" : failure.error : "succeeded";
    payOpenInvoice(invoice, method, outcome, store);
  }
  const tried = { ...invoice, attempted: true, attempt_count: invoice.attempt_count + 1 };
  if (!failure) {
    rememberMethod(invoice, method!.id, store);
    return { invoice: markPaid(tried, at, store) };
  }

  const retry = invoice.auto_advance && invoice.billing_reason !== "subscription_create"
    ? RETRIES[tried.attempt_count - 1]
    : undefined;
  const after = store.tables.invoice.replace({
    ...tried,
    next_payment_attempt: retry === undefined ? null : at + retry * DAY,
  });
  if (failure.requiresAction) store.emit("invoice.payment_action_required", after);
  store.emit("invoice.payment_failed", after);
  setDelinquent(after, true, store);
  followInvoice(after, "failed", at, store);
  if (retry === undefined && invoice.auto_advance && invoice.billing_reason !== "subscription_create") {
    cancelUnpaid(after, at, store);
  }
  return { invoice: store.tables.invoice.live(after.id)!, error: failure.error };
}

/** Marks an invoice as paid and emits its events. */
export function markPaid(invoice: Invoice, at: number, store: Store): Invoice {
  cancelPayment(invoice, store);
  const paid = store.tables.invoice.replace({
    ...invoice,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    attempted: true,
    auto_advance: false,
    next_payment_attempt: null,
    status: "paid",
    status_transitions: { ...invoice.status_transitions, paid_at: at },
  });
  store.emit("invoice.paid", paid);
  store.emit("invoice.payment_succeeded", paid);
  setDelinquent(paid, false, store);
  followInvoice(paid, "paid", at, store);
  return paid;
}

/** Voids an open invoice, or marks it uncollectible. */
export function close(invoice: Invoice, status: "void" | "uncollectible", at: number, store: Store): Invoice {
  const stamp = status === "void" ? "voided_at" : "marked_uncollectible_at";
  cancelPayment(invoice, store);
  const closed = store.tables.invoice.replace({
    ...invoice,
    auto_advance: false,
    next_payment_attempt: null,
    status,
    status_transitions: { ...invoice.status_transitions, [stamp]: at },
  });
  store.emit(status === "void" ? "invoice.voided" : "invoice.marked_uncollectible", closed);
  followInvoice(closed, "closed", at, store);
  return closed;
}

/** Cancels the subscription after the last attempt, as this account's settings say. */
function cancelUnpaid(invoice: Invoice, at: number, store: Store): void {
  const subscription = store.tables.subscription.live(subscriptionOf(invoice) ?? "");
  if (subscription?.status === "past_due") {
    endSubscription(subscription, at, "payment_failed", store);
  }
}

function setDelinquent({ customer: id, collection_method }: Invoice, delinquent: boolean, store: Store): void {
  const customer = store.tables.customer.live(id!);
  if (customer && collection_method === "charge_automatically" && customer.delinquent !== delinquent) {
    store.tables.customer.replace({ ...customer, delinquent });
  }
}
