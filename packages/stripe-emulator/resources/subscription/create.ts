import { invalid, noSuch } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Price, Subscription } from "../../core/wire.ts";
import { refreshEntitlements } from "../active_entitlement/active_entitlement.ts";
import { redeem, requireCoupon } from "../discount/discount.ts";
import { methodOf, missingMethod } from "../invoice/charged_method.ts";
import { attempt, finalize } from "../invoice/collection.ts";
import { requireMethod } from "../payment_method/payment_method.ts";
import { charge } from "../payment_method/test_cards.ts";
import { amountOf } from "../price/amount_of.ts";
import { inCurrency } from "../price/in_currency.ts";
import { embedded, type NewItem, newItem, readPrice } from "../subscription_item/item.ts";
import { refuseOtherCurrency } from "../shared/currency_lock.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { invoicePeriod } from "./billing.ts";
import { periodEnd } from "./billing_period.ts";
import { type CreateParams, readTrialEnd } from "./params.ts";
import { cancellation, readCollection, refuseMixture, trialSettings } from "./rules.ts";

/**
 * Creates a subscription and its first invoice, which is charged at once unless it is sent or in a trial.
 *
 * @param accepted The prices of the items if they were read before, as by Checkout
 */
export function createSubscription(params: CreateParams, store: Store, accepted?: Price[]): Subscription {
  const customer = store.tables.customer.live(params.customer);
  if (!customer) throw noSuch("customer", params.customer, "customer");
  const at = timeOf(customer.id, store);
  const drafts = readItems(params.items, store, accepted);
  const [{ price }] = drafts as [NewItem];
  const currency = params.currency ?? price.currency;
  refuseMixture(drafts.map(({ price }) => price), currency);
  refuseOtherCurrency(customer.id, currency, store);
  const amount = drafts.reduce(
    (sum, { price, quantity = 1 }) => sum + amountOf(inCurrency(price, currency, "currency"), quantity),
    0,
  );
  for (const one of params.discounts ?? []) requireCoupon(one, { customer: customer.id, currency, amount }, store);
  if (params.automatic_tax?.enabled && !customer.address?.country) {
    throw invalid(
      "The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.",
      undefined,
      "customer_tax_location_invalid",
    );
  }
  const trialEnd = readTrialEnd(params, at);
  const method = params.default_payment_method
    ? requireMethod(params.default_payment_method, "default_payment_method", customer.id, store).id
    : null;
  const sends = readCollection(params);
  if (!sends && trialEnd === null) requireCharge(params, customer.id, method, store);

  const id = randomId("sub_1", 23);
  const end = trialEnd ?? periodEnd(at, at, price.recurring!);
  for (const { price } of drafts) if (!store.tables.price.live(price.id)) store.tables.price.add(price);
  const items = drafts.map((draft) => newItem(id, draft, [at, end], at, store));
  const canceling = cancellation(params, items, at);
  for (const item of items) store.tables.subscription_item.add(item);

  const status = trialEnd !== null ? "trialing" : sends ? "active" : "incomplete";
  const draft = {
    ...blank(params, id, customer.test_clock ?? null, at),
    ...canceling,
    ...embedded(id, items),
    status,
    currency,
    billing_cycle_anchor: trialEnd ?? at,
    default_payment_method: method,
    discounts: (params.discounts ?? []).map((one) =>
      redeem(one, { customer: customer.id, subscription: id, at }, store).id
    ),
    trial_end: trialEnd,
    trial_start: trialEnd === null ? null : at,
  } satisfies Omit<Subscription, "latest_invoice">;
  store.tables.customer.replace({ ...customer, currency });
  const invoice = invoicePeriod(draft, items, "subscription_create", at, store);
  store.tables.subscription.add({ ...draft, latest_invoice: invoice.id });
  refreshEntitlements(customer.id, store);
  if (!sends || trialEnd !== null) {
    const open = finalize(invoice, at, store);
    if (open.status === "open" && params.payment_behavior !== "default_incomplete") attempt(open, at, store);
  }
  return store.tables.subscription.live(id)!;
}

/** Reads the first items. */
function readItems(items: CreateParams["items"], store: Store, accepted?: Price[]): NewItem[] {
  if (items.length === 0) throw invalid("You must pass at least one item.", "items");
  return items.map(({ price, price_data, ...rest }, index) => ({
    ...rest,
    price: accepted?.[index] ?? readPrice({ price, price_data }, (field) => `items[${index}][${field}]`, store),
  }));
}

/** Refuses a subscription that cannot be charged, as `payment_behavior` says. */
function requireCharge(
  params: CreateParams,
  customer: string,
  default_payment_method: string | null,
  store: Store,
): void {
  const behavior = params.payment_behavior ?? "allow_incomplete";
  if (behavior === "default_incomplete") return;
  const method = methodOf({ customer, default_payment_method }, store);
  if (!method) throw missingMethod();
  const failure = behavior === "error_if_incomplete" ? charge(method) : undefined;
  if (failure) throw failure.error;
}

function blank(params: CreateParams, id: string, test_clock: Subscription["test_clock"], at: number) {
  return {
    id,
    object: "subscription",
    application: null,
    application_fee_percent: null,
    automatic_tax: {
      disabled_reason: null,
      enabled: params.automatic_tax?.enabled ?? false,
      liability: params.automatic_tax?.enabled ? { type: "self" } : null,
    },
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: null, type: params.billing_mode?.type ?? "flexible" },
    billing_schedules: [],
    billing_thresholds: null,
    collection_method: params.collection_method ?? "charge_automatically",
    created: at,
    customer: params.customer,
    customer_account: null,
    days_until_due: params.days_until_due ?? null,
    default_source: null,
    default_tax_rates: [],
    description: params.description || null,
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, params.metadata),
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: params.payment_settings?.payment_method_types ?? null,
      save_default_payment_method: params.payment_settings?.save_default_payment_method ?? "off",
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: at,
    test_clock,
    transfer_data: null,
    trial_settings: trialSettings(params.trial_settings),
  } satisfies Partial<Subscription>;
}
