import type { Store } from "../../core/store.ts";
import type { Invoice, Subscription } from "../../core/wire.ts";
import { advanceInvoice, attempt, close } from "../invoice/collection.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { announceRenewal, periodOf, UPCOMING } from "./billing.ts";
import { endTrial, startPeriod } from "./cycle.ts";
import { ENDED, endSubscription, expire, subscriptionOf, writeSubscription } from "./status.ts";

const HOUR = 60 * 60;
const TRIAL_NOTICE = 3 * 24 * HOUR;

/** A scheduled change. */
interface Step {
  at: number;
  run(): unknown;
}

/** Runs what is due by each customer's clock, in order of time: trial ends, renewals, retries, cancellations. */
export function advanceAll(store: Store): void {
  const waiting = waitingInvoices(store);
  const { subscription } = store.tables;
  for (let position = 0; position < subscription.length; position++) {
    const one = subscription.at(position);
    if (!one || (ENDED.includes(one.status) && !waiting.has(one.id))) continue;
    advance(one.id, timeOf(one.customer, store), new Set(waiting.get(one.id)), store);
  }
  for (const id of waiting.get(undefined) ?? []) {
    const { customer } = store.tables.invoice.live(id)!;
    const now = timeOf(customer!, store);
    for (let step = invoiceStep(id, store); step && step.at <= now; step = invoiceStep(id, store)) step.run();
  }
}

/** Runs the changes of a subscription and its invoices until `now`, in order of time. */
function advance(id: string, now: number, invoices: Set<string>, store: Store): void {
  while (true) {
    const subscription = store.tables.subscription.live(id)!;
    if (subscription.latest_invoice) invoices.add(subscription.latest_invoice);
    const steps = [
      subscriptionStep(subscription, store),
      ...[...invoices].map((invoice) => invoiceStep(invoice, store)),
    ];
    const next = steps.reduce((first, step) => step && (!first || step.at < first.at) ? step : first, undefined);
    if (!next || next.at > now) return;
    next.run();
  }
}

/** The next scheduled change of a subscription. */
function subscriptionStep(subscription: Subscription, store: Store): Step | undefined {
  const { status, cancel_at, pause_collection: pause, trial_end } = subscription;
  if (ENDED.includes(status)) return;
  if (status === "incomplete") {
    const at = subscription.created + 23 * HOUR;
    return { at, run: () => expireIncomplete(subscription, at, store) };
  }
  const steps: Step[] = [];
  if (cancel_at !== null) {
    steps.push({ at: cancel_at, run: () => endSubscription(subscription, cancel_at, "cancellation_requested", store) });
  }
  if (pause?.resumes_at) {
    steps.push({
      at: pause.resumes_at,
      run: () => writeSubscription({ ...subscription, pause_collection: null }, store),
    });
  }
  if (status === "trialing" && trial_end !== null) {
    if (subscription.trial_end_announced !== trial_end) {
      steps.push({ at: trial_end - TRIAL_NOTICE, run: () => announceTrialEnd(subscription, store) });
    }
    steps.push({ at: trial_end, run: () => endTrial(subscription, trial_end, "subscription_cycle", store) });
  } else if (status === "active" || status === "past_due") {
    const { start, end } = periodOf(subscription);
    const announces = end - start > UPCOMING && cancel_at !== end && subscription.renewal_announced !== end;
    if (announces) steps.push({ at: end - UPCOMING, run: () => announceRenewal(subscription, store) });
    steps.push({ at: end, run: () => startPeriod(subscription, end, "subscription_cycle", store) });
  }
  return steps.sort((a, b) => a.at - b.at)[0];
}

/** The next scheduled change of an invoice. */
function invoiceStep(id: string, store: Store): Step | undefined {
  const invoice = store.tables.invoice.live(id);
  if (!invoice?.auto_advance) return;
  const { automatically_finalizes_at: finalizes, next_payment_attempt: next } = invoice;
  if (invoice.status === "draft" && finalizes !== null) {
    return { at: finalizes, run: () => advanceInvoice(invoice, finalizes, store) };
  }
  if (invoice.status === "open" && next !== null) return { at: next, run: () => attempt(invoice, next, store) };
  const subscription = store.tables.subscription.live(subscriptionOf(invoice) ?? "");
  if (invoice.status === "open" && invoice.due_date !== null && subscription?.status === "active") {
    return { at: invoice.due_date, run: () => writeSubscription({ ...subscription, status: "past_due" }, store) };
  }
}

/** Emits `customer.subscription.trial_will_end`. */
export function announceTrialEnd(subscription: Subscription, store: Store): void {
  const announced = { ...subscription, trial_end_announced: subscription.trial_end! };
  store.tables.subscription.replace(announced, { silent: true });
  store.emit("customer.subscription.trial_will_end", announced);
}

function expireIncomplete(subscription: Subscription, at: number, store: Store): void {
  const invoice = store.tables.invoice.live(subscription.latest_invoice ?? "");
  if (invoice?.status === "open") close(invoice, "void", at, store); // which expires the subscription
  else expire(subscription, at, store);
}

/** Drafts and open invoices with auto_advance, by subscription; undefined for those without one. */
function waitingInvoices(store: Store): Map<string | undefined, string[]> {
  const found: Invoice[] = [];
  const table = store.tables.invoice;
  for (let position = 0; position < table.length; position++) {
    const invoice = table.at(position);
    if (invoice?.auto_advance && (invoice.status === "draft" || invoice.status === "open")) found.push(invoice);
  }
  return new Map(
    [...Map.groupBy(found, subscriptionOf)].map((
      [subscription, invoices],
    ) => [subscription, invoices.map(({ id }) => id)]),
  );
}
