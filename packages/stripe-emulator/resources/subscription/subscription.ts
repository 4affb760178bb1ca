import { invalid, noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, oneOf, text, time } from "../../core/params.ts";
import { action, type Resource, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Subscription } from "../../core/wire.ts";
import { itemsOf, withCurrentPrice } from "../subscription_item/item.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { createSubscription } from "./create.ts";
import { startPeriod } from "./cycle.ts";
import { limitInvoices } from "./limits.ts";
import {
  billingCycleAnchor,
  cancellationDetails,
  type CreateParams,
  createParams,
  prorationBehavior,
  type UpdateParams,
  updateParams,
} from "./params.ts";
import { prorate } from "./proration.ts";
import { ENDED, endSubscription } from "./status.ts";
import { announceTrialEnd } from "./tick.ts";
import { invoiceNow, updateSubscription } from "./update.ts";

const listed = fields({
  ...pageParams,
  collection_method: oneOf("charge_automatically", "send_invoice"),
  created: time,
  current_period_end: time,
  current_period_start: time,
  customer: text,
  price: text,
  status: oneOf(
    "active",
    "all",
    "canceled",
    "ended",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
  ),
  test_clock: text,
});
type ListParams = ReturnType<typeof listed>;

export const expansions: Expansions<Subscription> = {
  references: {
    customer: "customer",
    default_payment_method: "payment_method",
    default_source: null,
    discounts: "discount",
    latest_invoice: "invoice",
    pending_setup_intent: null,
    schedule: null,
    test_clock: "test_helpers.test_clock",
  },
  included: {},
  hidden: ["item_ids", "trial_end_announced", "renewal_announced", "quantity_updates"],
  current: ({ items, ...subscription }, store) => ({
    ...subscription,
    items: { ...items, data: items.data.map((item) => withCurrentPrice(item, store)) },
  }),
};

const TRIAL_WILL_END = 3 * 24 * 60 * 60;

/** https://docs.stripe.com/api/subscriptions */
export const subscription: Resource<"subscription", CreateParams, UpdateParams, ListParams> = {
  kind: "subscription",
  path: "/v1/subscriptions",
  idParam: "id",
  create: {
    params: createParams,
    run: (params, store) => announced(createSubscription(params, store), store),
  },
  update: {
    params: updateParams,
    run: (before, params, store) => announced(updateSubscription(before, params, store), store),
  },
  list: { params: listed, matches },
};

/** Announces the end of a trial at once when it is less than three days away. */
function announced(subscription: Subscription, store: Store): Subscription {
  const { trial_end, status } = subscription;
  if (status !== "trialing" || trial_end === null || subscription.trial_end_announced === trial_end) {
    return subscription;
  }
  if (trial_end - timeOf(subscription.customer, store) > TRIAL_WILL_END) return subscription;
  announceTrialEnd(subscription, store);
  return store.tables.subscription.live(subscription.id)!;
}

function matches(params: ListParams, store: Store): (subscription: Subscription) => boolean {
  const { collection_method, created, current_period_end, current_period_start, customer, price, test_clock } = params;
  if (customer !== undefined && store.tables.customer.get(customer) === undefined) {
    throw noSuch("customer", customer, "customer");
  }
  const inItems = (one: Subscription, fits: (item: Subscription["items"]["data"][number]) => boolean) =>
    itemsOf(one, store).some(fits);
  return (one) =>
    hasStatus(one, params.status) &&
    (collection_method === undefined || one.collection_method === collection_method) &&
    (created === undefined || created(one.created)) &&
    (current_period_end === undefined || inItems(one, (item) => current_period_end(item.current_period_end))) &&
    (current_period_start === undefined || inItems(one, (item) => current_period_start(item.current_period_start))) &&
    (customer === undefined || one.customer === customer) &&
    (price === undefined || inItems(one, (item) => item.price.id === price)) &&
    (customer !== undefined && test_clock === undefined || one.test_clock === (test_clock ?? null));
}

/** Without a status, the list has all subscriptions that are not canceled. */
function hasStatus({ status }: Subscription, wanted: ListParams["status"]): boolean {
  if (wanted === undefined) return status !== "canceled";
  return wanted === "all" || (wanted === "ended" ? ENDED.includes(status) : status === wanted);
}

/** The calls that other resources do not have. */
export function subscriptionCalls(all: AllExpansions): Route[] {
  const one = { kind: "subscription", idParam: "id" } as const;
  const cancelParams = fields({ cancellation_details: cancellationDetails, invoice_now: boolean, prorate: boolean });
  const resumeParams = fields({
    billing_cycle_anchor: billingCycleAnchor,
    proration_behavior: prorationBehavior,
  });
  return [
    action({ ...one, path: "/v1/subscriptions/:id", params: cancelParams, run: cancel }, all, "DELETE"),
    action({ ...one, path: "/v1/subscriptions/:id/resume", params: resumeParams, run: resume }, all),
  ];

  function cancel(before: Subscription, params: ReturnType<typeof cancelParams>, store: Store): Subscription {
    if (ENDED.includes(before.status)) throw noSuch("subscription", before.id, "id", 404);
    const at = timeOf(before.customer, store);
    if (params.invoice_now) limitInvoices(before, at, store);
    if (params.prorate) prorate(before, itemsOf(before, store).map((item) => ({ before: item })), at, store);
    const billed = params.invoice_now ? invoiceNow(before, at, store) : before;
    return endSubscription(billed, at, "cancellation_requested", store, params.cancellation_details);
  }
}

/** Resumes a paused subscription, which is active after the payment of the new period. */
function resume(before: Subscription, _: object, store: Store): Subscription {
  if (before.status !== "paused") {
    throw invalid("You can only resume a subscription whose status is `paused`.", "id");
  }
  const at = timeOf(before.customer, store);
  limitInvoices(before, at, store);
  const sends = before.collection_method === "send_invoice";
  const { status_details, ...rest } = before;
  const next: Subscription = {
    ...rest,
    billing_cycle_anchor: at,
    ...(sends ? { status: "active" } : { status_details }),
  };
  const after = startPeriod(next, at, "subscription_update", store);
  if (sends) store.emit("customer.subscription.resumed", after, before);
  return after;
}
