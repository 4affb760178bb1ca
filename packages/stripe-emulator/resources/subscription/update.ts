import { invalid } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Subscription } from "../../core/wire.ts";
import { attempt, finalize } from "../invoice/collection.ts";
import { createInvoice, pendingItems } from "../invoice/create.ts";
import { requireMethod } from "../payment_method/payment_method.ts";
import { planItems, writeItems } from "../subscription_item/change.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { periodOf, withPeriod } from "./billing.ts";
import { endTrial, startPeriod } from "./cycle.ts";
import { limitInvoices, limitQuantityUpdates } from "./limits.ts";
import { type ItemChange, readTrialEnd, type UpdateParams } from "./params.ts";
import { prorate } from "./proration.ts";
import { cancellation, readCollection, trialSettings } from "./rules.ts";
import { ENDED, noDetails, writeSubscription } from "./status.ts";

const ALWAYS = ["metadata", "cancellation_details"];

/** Updates a subscription; one that has ended accepts descriptive fields only. */
export function updateSubscription(before: Subscription, params: UpdateParams, store: Store): Subscription {
  if (ENDED.includes(before.status) && Object.keys(params).some((name) => !ALWAYS.includes(name))) {
    throw invalid("A canceled subscription can only update its cancellation_details and metadata.");
  }
  const at = timeOf(before.customer, store);
  const trialEnd = readTrialEnd(params, at);
  const described = describe(before, params, at, store);
  if (params.billing_cycle_anchor?.type === "now" || params.trial_end === "now") limitInvoices(before, at, store);
  if (params.items) changeItems(described, params.items, params, at, store);
  else writeSubscription(described, store);

  const current = store.tables.subscription.live(before.id)!;
  if (params.trial_end === "now" && current.status === "trialing") {
    return endTrial(current, at, "subscription_update", store);
  }
  if (trialEnd !== null) return extendTrial(current, trialEnd, at, store);
  if (params.billing_cycle_anchor?.type === "now") {
    return startPeriod({ ...current, billing_cycle_anchor: at }, at, "subscription_update", store);
  }
  return current;
}

/** The parameters of a change of items. */
type ChangeOptions = Pick<UpdateParams, "proration_behavior" | "proration_date">;

/** Changes the items; another interval starts a period at once. */
export function changeItems(
  subscription: Subscription,
  changes: ItemChange[],
  { proration_behavior = "create_prorations", proration_date }: ChangeOptions,
  at: number,
  store: Store,
  nameOf?: (index: number, field: string) => string,
): Subscription {
  const steps = planItems(subscription, changes, at, store, nameOf);
  const restarts = intervalOf(steps.find(({ after }) => after)!.after!) !== intervalOf(subscription.items.data[0]!);
  const prorates = proration_behavior !== "none" && ["active", "past_due"].includes(subscription.status);
  const bills = restarts && subscription.status !== "trialing";
  if (bills || prorates && proration_behavior === "always_invoice") limitInvoices(subscription, at, store);
  const quantity_updates = steps.some(({ before, after }) => before && after && before.quantity !== after.quantity)
    ? limitQuantityUpdates(subscription, at, store)
    : subscription.quantity_updates;
  for (const { inline } of steps) if (inline) store.tables.price.add(inline);
  if (prorates) {
    // With another interval the new prices are billed for a period of their own.
    const counted = restarts ? steps.flatMap(({ before }) => before ? [{ before }] : []) : steps;
    prorate(subscription, counted, proration_date ?? at, store);
  }
  const after = { ...writeItems(subscription, steps, store), ...(quantity_updates && { quantity_updates }) };
  if (bills) {
    return startPeriod({ ...after, billing_cycle_anchor: at }, at, "subscription_update", store);
  }
  const written = writeSubscription(after, store);
  return prorates && proration_behavior === "always_invoice" ? invoiceNow(written, at, store) : written;
}

/** Invoices the pending items at once. */
export function invoiceNow(subscription: Subscription, at: number, store: Store): Subscription {
  const { customer: id, currency, collection_method, days_until_due } = subscription;
  const pending = pendingItems(id, currency, { subscription: subscription.id, loose: true }, store);
  if (pending.length === 0) return subscription;
  const sends = collection_method === "send_invoice";
  const invoice = createInvoice(
    {
      customer: store.tables.customer.live(id)!,
      at,
      currency,
      billing_reason: "subscription_update",
      collection_method,
      days_until_due,
      auto_advance: true,
      ...(sends && { finalizesAt: at + 60 * 60 }),
      period: { start: periodOf(subscription).start, end: at },
      subscription,
      taxed: subscription.automatic_tax.enabled,
    },
    [],
    pending,
    store,
  );
  store.tables.subscription.replace({ ...subscription, latest_invoice: invoice.id });
  if (!sends) {
    const open = finalize(invoice, at, store);
    if (open.status === "open") attempt(open, at, store);
  }
  return store.tables.subscription.live(subscription.id)!;
}

/** The subscription with the changes that concern neither items nor period; writes nothing. */
function describe(before: Subscription, params: UpdateParams, at: number, store: Store): Subscription {
  const { cancellation_details, default_payment_method: method, description, pause_collection: pause } = params;
  if (params.collection_method !== undefined || params.days_until_due !== undefined) {
    readCollection({ collection_method: before.collection_method as "send_invoice", ...params });
  }
  return {
    ...before,
    ...(params.collection_method && {
      collection_method: params.collection_method,
      days_until_due: params.days_until_due ?? null,
    }),
    ...((params.cancel_at !== undefined || params.cancel_at_period_end !== undefined) &&
      cancellation(params, before.items.data, at)),
    ...(cancellation_details &&
      { cancellation_details: { ...noDetails, ...before.cancellation_details, ...cancellation_details } }),
    ...(method !== undefined && {
      default_payment_method: method &&
        requireMethod(method, "default_payment_method", before.customer, store).id,
    }),
    ...(description !== undefined && { description: description || null }),
    ...(pause !== undefined && { pause_collection: pause && { resumes_at: null, ...pause } }),
    ...(params.payment_settings && { payment_settings: { ...before.payment_settings!, ...params.payment_settings } }),
    ...(params.trial_settings && { trial_settings: trialSettings(params.trial_settings) }),
    metadata: mergeMetadata(before.metadata, params.metadata),
  };
}

/** Moves the end of the trial, which is also the new billing anchor. */
function extendTrial(subscription: Subscription, end: number, at: number, store: Store): Subscription {
  const trialing = subscription.status === "trialing";
  const start = trialing ? periodOf(subscription).start : at;
  const next = withPeriod(subscription, start, end, store);
  return writeSubscription({
    ...next,
    billing_cycle_anchor: end,
    ...(subscription.cancel_at_period_end && { cancel_at: end }),
    status: "trialing",
    trial_end: end,
    trial_start: trialing ? subscription.trial_start : at,
  }, store);
}

const intervalOf = ({ price: { recurring } }: Subscription["items"]["data"][number]) =>
  `${recurring!.interval_count} ${recurring!.interval}`;
