import { invalid, noSuch, StripeError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { Buyer, PaymentAttempt, PaymentIntent, PaymentMethod, Session, Subscription } from "../../core/wire.ts";
import { attempt as payInvoice, close } from "../invoice/collection.ts";
import { payOpenInvoice } from "../invoice_payment/invoice_payment.ts";
import { cancelIntent, createIntent, decideIntent, failIntent, payIntent } from "../payment_intent/payment_intent.ts";
import { attach } from "../payment_method/payment_method.ts";
import { charge, checkAttachable, isDebit } from "../payment_method/test_cards.ts";
import { createSubscription } from "../subscription/create.ts";
import { writeSubscription } from "../subscription/status.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { complete } from "./complete.ts";
import { createBuyer, saveBuyer } from "./save_buyer.ts";
import { requireUsableCode } from "./usable_code.ts";

const AUTHENTICATION_FAILED = new StripeError(402, {
  type: "card_error",
  code: "payment_intent_authentication_failure",
  message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
});
const DEBIT_FAILED = new StripeError(402, {
  type: "card_error",
  code: "payment_method_provider_decline",
  decline_code: "generic_decline",
  message: "The bank did not make the payment.",
});

/** Whether a session needs a payment or a trial that asks for a method. */
export const needsMethod = (session: Session): boolean =>
  isDue(session) || session.mode === "subscription" && session.payment_method_collection === "always";

/** Whether money is due now: not in a trial, not for a free price. */
const isDue = ({ amount_total, subscription_data: { trial_end, trial_period_days } }: Session) =>
  amount_total! > 0 && trial_end === undefined && trial_period_days === undefined;

/**
 * Pays an open session with a method, or with none if it needs none. A card that requires authentication leaves the
 * session open until `finishAuthentication`; a bank debit is complete until `decideDebit`.
 *
 * @throws StripeError when the method is declined, or the session's customer was deleted; the session stays open
 */
export function startPayment(before: Session, method: PaymentMethod | undefined, buyer: Buyer, store: Store): Session {
  if (before.customer && !store.tables.customer.live(before.customer)) {
    throw noSuch("customer", before.customer, "customer");
  }
  if (!method && needsMethod(before)) throw invalid("This Checkout Session needs a payment method.", "payment_method");
  if (before.automatic_tax.status === "requires_location_inputs") {
    throw invalid("Automatic tax needs an address.", undefined, "customer_tax_location_invalid");
  }
  // An early subscription has redeemed the code already.
  if (!earlySubscription(before, store)) requireUsableCode(before, store);
  const started: PaymentAttempt = { ...blank, ...before.attempt, authenticating: null, buyer };
  const session = write({ ...before, attempt: started }, store);
  if (!method) return finish(session, undefined, store);
  if (!isDue(session)) checkAttachable(method);
  const failure = isDebit(method) ? undefined : charge(method);
  if (failure?.requiresAction) return authenticate(session, method, store);
  if (failure && isDue(session)) throw decline(session, method, failure.error, store);
  return finish(session, method, store);
}

const blank = { authenticating: null, debit: null, intent: null, subscription: null };

const write = (session: Session, store: Store) => store.tables["checkout.session"].replace(session);

/** Waits for the authentication of a card. */
function authenticate(session: Session, method: PaymentMethod, store: Store): Session {
  const waiting = prepare(session, store);
  if (waiting.attempt!.intent) payIntent(intentOf(waiting, store)!, method, "requires_action", store);
  return write({ ...waiting, attempt: { ...waiting.attempt!, authenticating: method.id } }, store);
}

/** Records a declined payment. @returns The error */
function decline(session: Session, method: PaymentMethod, error: StripeError, store: Store): StripeError {
  const tried = prepare(session, store);
  const intent = intentOf(tried, store);
  if (intent) payIntent(intent, method, error, store);
  const early = earlySubscription(tried, store);
  if (early) payFirst(early, method, { error, requiresAction: false }, store);
  return error;
}

/** Makes what exists before a payment is decided: the payment intent, or the subscription if it is created early. */
function prepare(session: Session, store: Store): Session {
  const attempt = session.attempt!;
  if (session.mode === "payment" && isDue(session)) {
    const intent = intentOf(session, store) ?? createIntent({
      ...session.intent_data,
      amount: session.amount_total!,
      currency: session.currency!,
      customer: session.customer,
      payment_method_types: session.payment_method_types,
    }, store);
    return write({ ...session, attempt: { ...attempt, intent: intent.id } }, store);
  }
  if (store.behavior.checkout_subscription === "late" || !isDue(session) || session.mode === "payment") return session;
  if (earlySubscription(session, store)) return session;
  const owned = withCustomer(session, store);
  if (owned.automatic_tax.enabled) saveBuyer(owned, undefined, store);
  const early = createSubscription(
    { ...paramsOf(owned), payment_behavior: "default_incomplete" },
    store,
    pricesOf(owned, store),
  );
  return write({ ...owned, attempt: { ...attempt, subscription: early.id } }, store);
}

/** The payment intent of earlier attempts. */
function intentOf({ attempt }: Session, store: Store): PaymentIntent | undefined {
  const intent = store.tables.payment_intent.live(attempt?.intent ?? "");
  return intent?.status === "canceled" ? undefined : intent;
}

/** The subscription that waits for its first payment. */
function earlySubscription({ attempt }: Session, store: Store): Subscription | undefined {
  const subscription = store.tables.subscription.live(attempt?.subscription ?? "");
  return subscription?.status === "incomplete" ? subscription : undefined;
}

/** Pays or declines the first invoice of a subscription. */
function payFirst(
  { id, customer, latest_invoice }: Subscription,
  method: PaymentMethod | undefined,
  failure: Parameters<typeof payInvoice>[4],
  store: Store,
): Subscription {
  const invoice = store.tables.invoice.live(latest_invoice!)!;
  if (invoice.status === "open") payInvoice(invoice, timeOf(customer, store), store, method, failure);
  return store.tables.subscription.live(id)!;
}

const paramsOf = ({ automatic_tax, customer, currency, discounts, lines, subscription_data }: Session) => ({
  ...subscription_data,
  automatic_tax: { enabled: automatic_tax.enabled },
  currency: currency!,
  customer: customer!,
  discounts: (discounts ?? []).map(({ promotion_code }) => ({ promotion_code: promotion_code! })),
  items: lines.filter(({ quantity }) => quantity > 0).map(({ price, quantity }) => ({ price, quantity })),
});

const pricesOf = ({ lines }: Session, store: Store) =>
  lines.filter(({ quantity }) => quantity > 0).map(({ price }) => store.tables.price.live(price)!);

/** The session with a customer, which is created if it has none. */
function withCustomer(session: Session, store: Store): Session {
  if (session.customer) return session;
  return write({ ...session, customer: createBuyer(session, store).id }, store);
}

/** Ends a payment that nothing stops: it is paid, free, or a bank debit that the bank decides. */
function finish(before: Session, method: PaymentMethod | undefined, store: Store): Session {
  saveBuyer(before, method, store); // before the invoice, whose tax depends on the address
  const session = before.mode === "payment" ? prepare(before, store) : withCustomer(before, store);
  const debit = method && isDebit(method) && isDue(session);
  const paid = debit ? "unpaid" as const : isDue(session) ? "paid" as const : "no_payment_required" as const;
  const ended = {
    ...session,
    attempt: { ...session.attempt!, authenticating: null, debit: debit ? method.id : null },
    payment_status: paid,
  };
  if (session.mode === "payment") {
    const intent = intentOf(session, store);
    if (intent && method) payIntent(intent, method, debit ? "processing" : "succeeded", store);
    return complete({ ...ended, payment_intent: intent?.id ?? null }, method, store);
  }
  const subscription = subscribe(session, method, store);
  return complete(
    { ...ended, invoice: subscription.latest_invoice, subscription: subscription.id },
    method,
    store,
  );
}

/** Creates the session's subscription, or pays the one that was created early. */
function subscribe(session: Session, method: PaymentMethod | undefined, store: Store): Subscription {
  const attached = method && attach(method.id, session.customer!, store);
  const early = earlySubscription(session, store);
  const created = early ?? createSubscription(
    {
      ...paramsOf(session),
      ...(attached && { default_payment_method: attached.id }),
      payment_behavior: "default_incomplete",
    },
    store,
    pricesOf(session, store),
  );
  if (early) store.tables.subscription.replace({ ...early, default_payment_method: attached!.id });
  const current = store.tables.subscription.live(created.id)!;
  if (current.status !== "incomplete") return current;
  // A subscription is active while its debit is processing: https://docs.stripe.com/billing/subscriptions/sepa-debit
  if (attached && isDebit(attached)) {
    payOpenInvoice(store.tables.invoice.live(current.latest_invoice!)!, attached, "processing", store);
    return writeSubscription({ ...current, status: "active" }, store);
  }
  return payFirst(current, attached, null, store);
}

/**
 * Ends the authentication of a card.
 *
 * @throws StripeError when it failed, or when the session's payment is not waiting for it
 */
export function finishAuthentication(session: Session, passed: boolean, store: Store): Session {
  const method = store.tables.payment_method.live(session.attempt?.authenticating ?? "");
  if (!method) throw invalid("This Checkout Session waits for no authentication.", "session");
  const next = write({ ...session, attempt: { ...session.attempt!, authenticating: null } }, store);
  if (!passed) {
    const intent = intentOf(next, store);
    if (intent) failIntent(intent, method, AUTHENTICATION_FAILED, store);
    const early = earlySubscription(next, store);
    if (early) payFirst(early, method, { error: AUTHENTICATION_FAILED, requiresAction: false }, store);
    throw AUTHENTICATION_FAILED;
  }
  if (next.status === "open") return finish(next, method, store);
  // An expired session whose payment was left alone: what exists is paid, nothing new is created.
  const intent = intentOf(next, store);
  if (intent) payIntent(intent, method, "succeeded", store);
  else if (earlySubscription(next, store)) subscribe(next, method, store);
  return next;
}

/** What the bank decides about a completed session's debit. @throws StripeError unless one is processing */
export function decideDebit(session: Session, outcome: "failed" | "succeeded", store: Store): Session {
  const method = store.tables.payment_method.live(session.attempt?.debit ?? "");
  if (!method) throw invalid("This Checkout Session has no bank debit that is processing.", "session");
  const failed = outcome === "failed";
  const intent = store.tables.payment_intent.live(session.payment_intent ?? "");
  if (intent) decideIntent(intent, failed ? DEBIT_FAILED : "succeeded", store);
  const subscription = store.tables.subscription.live(session.subscription ?? "");
  if (subscription) {
    payFirst(subscription, method, failed ? { error: DEBIT_FAILED, requiresAction: false } : null, store);
  }
  const decided = write({
    ...session,
    attempt: { ...session.attempt!, debit: null },
    payment_status: failed ? "unpaid" : "paid",
  }, store);
  store.emit(`checkout.session.async_payment_${outcome}`, decided);
  return decided;
}

/** Whether a payment is under way: the buyer authenticates it. */
export const isBusy = ({ attempt }: Session): boolean => attempt?.authenticating != null;

/** Ends what an expired session's payment has made: the payment intent, and the unpaid subscription. */
export function abandonPayment(session: Session, store: Store): void {
  const intent = intentOf(session, store);
  if (intent && intent.status !== "succeeded") cancelIntent(intent, store);
  const early = earlySubscription(session, store);
  if (!early) return;
  const invoice = store.tables.invoice.live(early.latest_invoice!)!;
  if (invoice.status === "open") close(invoice, "void", timeOf(early.customer, store), store);
}
