import { invalid, noSuch } from "../../core/errors.ts";
import { type Expansions, render } from "../../core/expand.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, integer, oneOf, optionalText, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice } from "../../core/wire.ts";
import { linesOf } from "../invoice_line_item/line.ts";
import { paymentsOf } from "../invoice_payment/invoice_payment.ts";
import { requireMethod } from "../payment_method/payment_method.ts";
import { currency } from "../shared/currency.ts";
import { limitInvoices } from "../subscription/limits.ts";
import { readCollection } from "../subscription/rules.ts";
import { subscriptionOf } from "../subscription/status.ts";
import { timeOf } from "../test_clock/test_clock.ts";
import { createInvoice, pendingItems } from "./create.ts";

const collectionMethod = oneOf("charge_automatically", "send_invoice");
const writable = {
  auto_advance: boolean,
  collection_method: collectionMethod,
  days_until_due: integer(0),
  default_payment_method: optionalText,
  description: optionalText,
  due_date: integer(0),
  footer: optionalText,
  metadata,
};
const create = fields({
  ...writable,
  currency,
  customer: text,
  pending_invoice_items_behavior: oneOf("exclude", "include"),
  subscription: text,
}, "customer");
const update = fields(writable);
const listed = fields({
  ...pageParams,
  collection_method: collectionMethod,
  created: time,
  customer: text,
  due_date: time,
  status: oneOf("draft", "open", "paid", "uncollectible", "void"),
  subscription: text,
});

/** The parameters that an invoice accepts after it was finalized. */
const ALWAYS = ["auto_advance", "default_payment_method", "metadata"];

export const expansions: Expansions<Invoice> = {
  references: {
    customer: "customer",
    default_payment_method: "payment_method",
    default_source: null,
    discounts: "discount",
    test_clock: "test_helpers.test_clock",
  },
  included: {
    payments: ({ id }, _paths, all, store) => ({
      object: "list",
      data: paymentsOf(id, store).map((payment) => render("invoice_payment", payment, [], all, store)),
      has_more: false,
      url: `/v1/invoice_payments?invoice=${id}`,
    }),
  },
  contained: { payments: "invoice_payment" },
  hidden: ["line_ids"],
};

/** https://docs.stripe.com/api/invoices */
export const invoice: Resource<
  "invoice",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "invoice",
  path: "/v1/invoices",
  idParam: "invoice",
  create: { params: create, run: newInvoice },
  update: { params: update, run: change },
  list: {
    params: listed,
    matches({ collection_method, created, customer, due_date, status, subscription }, store) {
      if (customer !== undefined && store.tables.customer.get(customer) === undefined) {
        throw noSuch("customer", customer, "customer");
      }
      return (one) =>
        (collection_method === undefined || one.collection_method === collection_method) &&
        (created === undefined || created(one.created)) &&
        (customer === undefined || one.customer === customer) &&
        (due_date === undefined || (one.due_date !== null && due_date(one.due_date))) &&
        (status === undefined || one.status === status) &&
        (subscription === undefined || subscriptionOf(one) === subscription);
    },
  },
  remove(one, store) {
    if (one.status !== "draft" || subscriptionOf(one) !== undefined) {
      throw invalid(
        one.status === "draft"
          ? "You can't delete invoices created by subscriptions."
          : "You can only delete draft invoices.",
        "invoice",
      );
    }
    for (const { parent } of linesOf(one, store)) {
      const item = store.tables.invoiceitem.live(parent?.invoice_item_details?.invoice_item ?? "");
      if (item) store.tables.invoiceitem.replace({ ...item, invoice: null }, { silent: true });
    }
    return store.tables.invoice.remove(one.id);
  },
};

function newInvoice(params: ReturnType<typeof create>, store: Store): Invoice {
  const customer = store.tables.customer.live(params.customer);
  if (!customer) throw noSuch("customer", params.customer, "customer");
  const subscription = params.subscription === undefined
    ? undefined
    : store.tables.subscription.live(params.subscription);
  if (params.subscription !== undefined && subscription?.customer !== customer.id) {
    throw noSuch("subscription", params.subscription, "subscription");
  }
  const { collection_method = "charge_automatically", default_payment_method: method } = params;
  if (collection_method === "charge_automatically" || params.due_date === undefined) readCollection(params);
  const at = timeOf(customer.id, store);
  if (subscription) limitInvoices(subscription, at, store);
  const pending = params.pending_invoice_items_behavior === "include" || subscription !== undefined;
  const of = params.currency ?? subscription?.currency ?? customer.currency ??
    store.tables.invoiceitem.find((item) => item.customer === customer.id && item.invoice === null)?.currency ?? "usd";
  const auto_advance = params.auto_advance ?? false;
  return createInvoice(
    {
      customer,
      at,
      currency: of,
      billing_reason: "manual",
      collection_method,
      days_until_due: params.days_until_due,
      due_date: params.due_date,
      auto_advance,
      finalizesAt: auto_advance ? at + 60 * 60 : undefined,
      period: { start: at, end: at },
      subscription,
      default_payment_method: method ? requireMethod(method, "default_payment_method", customer.id, store).id : null,
      description: params.description || null,
      footer: params.footer || null,
      metadata: mergeMetadata({}, params.metadata),
    },
    [],
    pending ? pendingItems(customer.id, of, { subscription: subscription?.id, loose: !subscription }, store) : [],
    store,
  );
}

function change(before: Invoice, params: ReturnType<typeof update>, store: Store): Invoice {
  const draft = before.status === "draft";
  if (!draft && Object.keys(params).some((name) => !ALWAYS.includes(name))) {
    throw invalid("This invoice is no longer editable", undefined, "invoice_not_editable");
  }
  const { auto_advance, collection_method, days_until_due, default_payment_method: method, ...rest } = params;
  const at = timeOf(before.customer!, store);
  const sends = (collection_method ?? before.collection_method) === "send_invoice";
  const due = days_until_due === undefined ? undefined : at + days_until_due * 24 * 60 * 60;
  return store.tables.invoice.replace({
    ...before,
    ...(rest.description !== undefined && { description: rest.description || null }),
    ...(rest.footer !== undefined && { footer: rest.footer || null }),
    ...(collection_method && { collection_method }),
    ...(sends ? { due_date: rest.due_date ?? due ?? before.due_date ?? at + 30 * 24 * 60 * 60 } : { due_date: null }),
    ...(method !== undefined && {
      default_payment_method: method &&
        requireMethod(method, "default_payment_method", before.customer!, store).id,
    }),
    ...(auto_advance !== undefined && {
      auto_advance,
      automatically_finalizes_at: draft && auto_advance ? before.automatically_finalizes_at ?? at + 60 * 60 : null,
    }),
    metadata: mergeMetadata(before.metadata ?? {}, rest.metadata),
  });
}
