import { invalid, noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, integer, optionalText, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice, InvoiceItem, Price } from "../../core/wire.ts";
import { lineOfInvoiceItem, linesOf, withLines, withoutLine } from "../invoice_line_item/line.ts";
import { amountOf } from "../price/amount_of.ts";
import { inlinePrice, oneTimePriceData, requireOne, requireProduct } from "../price/inline.ts";
import { currency } from "../shared/currency.ts";
import { timeOf } from "../test_clock/test_clock.ts";

const period = fields({ end: integer(0), start: integer(0) }, "end", "start");
const create = fields({
  amount: integer(),
  currency,
  customer: text,
  description: optionalText,
  discountable: boolean,
  invoice: text,
  metadata,
  period,
  price_data: oneTimePriceData,
  pricing: fields({ price: text }, "price"),
  quantity: integer(0),
  subscription: text,
}, "customer");
const update = fields({
  amount: integer(),
  description: optionalText,
  discountable: boolean,
  metadata,
  period,
});
const listed = fields({ ...pageParams, created: time, customer: text, invoice: text, pending: boolean });
type CreateParams = ReturnType<typeof create>;

export const expansions: Expansions<InvoiceItem> = {
  references: { customer: "customer", invoice: "invoice", test_clock: "test_helpers.test_clock" },
  included: {},
};

/** https://docs.stripe.com/api/invoiceitems */
export const invoiceItem: Resource<
  "invoiceitem",
  CreateParams,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "invoiceitem",
  path: "/v1/invoiceitems",
  idParam: "invoiceitem",
  create: {
    params: create,
    run(params, store) {
      const invoice = params.invoice === undefined ? undefined : requireDraft(params.invoice, store);
      const item = store.tables.invoiceitem.add(newItem(params, store));
      if (invoice) store.tables.invoice.replace(withLines(invoice, [lineOfInvoiceItem(item)], store));
      return item;
    },
  },
  update: {
    params: update,
    run(item, { metadata: change, amount = item.amount, ...params }, store) {
      const invoice = item.invoice === null ? undefined : requireDraft(item.invoice, store);
      const after = store.tables.invoiceitem.replace({
        ...item,
        ...params,
        amount,
        net_amount: amount,
        metadata: mergeMetadata(item.metadata ?? {}, change),
      }, { silent: true });
      if (invoice) {
        const rest = withoutLine(invoice, lineOf(invoice, item, store), store);
        store.tables.invoice.replace(withLines(rest, [lineOfInvoiceItem(after)], store));
      }
      return after;
    },
  },
  list: {
    params: listed,
    matches: ({ created, customer, invoice, pending }) => (item) =>
      (created === undefined || created(item.date)) &&
      (customer === undefined || item.customer === customer) &&
      (invoice === undefined || item.invoice === invoice) &&
      (pending === undefined || (item.invoice === null) === pending),
  },
  remove(item, store) {
    const invoice = item.invoice === null ? undefined : requireDraft(item.invoice, store);
    if (invoice) store.tables.invoice.replace(withoutLine(invoice, lineOf(invoice, item, store), store));
    return store.tables.invoiceitem.remove(item.id);
  },
};

export function newItem(params: CreateParams, store: Store): InvoiceItem {
  const customer = store.tables.customer.live(params.customer);
  if (!customer) throw noSuch("customer", params.customer, "customer");
  const { subscription } = params;
  if (subscription !== undefined && store.tables.subscription.live(subscription)?.customer !== customer.id) {
    throw noSuch("subscription", subscription, "subscription");
  }
  const at = timeOf(customer.id, store);
  const quantity = params.quantity ?? 1;
  const priced = readAmount(params, quantity, store);
  return {
    id: randomId("ii_1", 23),
    object: "invoiceitem",
    customer: customer.id,
    customer_account: null,
    date: at,
    description: params.description || null,
    discountable: params.discountable ?? true,
    discounts: [],
    invoice: params.invoice ?? null,
    livemode: false,
    metadata: mergeMetadata({}, params.metadata),
    net_amount: priced.amount,
    parent: subscription === undefined
      ? null
      : { subscription_details: { subscription }, type: "subscription_details" },
    period: params.period ?? { start: at, end: at },
    proration: false,
    quantity,
    quantity_decimal: String(quantity),
    tax_rates: [],
    test_clock: customer.test_clock ?? null,
    ...priced,
  };
}

/** Reads an amount in a currency, a one-time price, or `price_data`, whose price it stores. */
function readAmount(
  { amount, currency, price_data, pricing }: CreateParams,
  quantity: number,
  store: Store,
): Pick<InvoiceItem, "amount" | "currency" | "pricing"> {
  if (pricing && price_data) requireOne(pricing, price_data, (name) => name === "price" ? "pricing" : name);
  if (pricing) {
    const price = store.tables.price.live(pricing.price);
    if (!price) throw noSuch("price", pricing.price, "pricing[price]");
    if (price.recurring) {
      throw invalid(
        "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.",
        "pricing[price]",
      );
    }
    return amountsOf(price, quantity);
  }
  if (price_data) {
    const product = requireProduct(price_data.product, "price_data[product]", store);
    return amountsOf(store.tables.price.add(inlinePrice(price_data, product, store)), quantity);
  }
  if (amount === undefined) throw invalid("Missing required param: amount.", "amount", "parameter_missing");
  if (currency === undefined) throw invalid("Missing required param: currency.", "currency", "parameter_missing");
  return { amount, currency, pricing: { type: "price_details", unit_amount_decimal: String(amount) } };
}

/** The amount of a quantity of a one-time price. */
export const amountsOf = (price: Price, quantity: number): Pick<InvoiceItem, "amount" | "currency" | "pricing"> => ({
  amount: amountOf(price, quantity),
  currency: price.currency,
  pricing: {
    price_details: { price: price.id, product: price.product },
    type: "price_details",
    unit_amount_decimal: price.unit_amount_decimal,
  },
});

function requireDraft(id: string, store: Store): Invoice {
  const invoice = store.tables.invoice.live(id);
  if (!invoice) throw noSuch("invoice", id, "invoice");
  if (invoice.status === "draft") return invoice;
  throw invalid("This invoice is no longer editable", "invoice", "invoice_not_editable");
}

const lineOf = (invoice: Invoice, item: InvoiceItem, store: Store): string =>
  linesOf(invoice, store).find(({ parent }) => parent?.invoice_item_details?.invoice_item === item.id)!.id;
