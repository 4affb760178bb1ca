/** Random histories of objects at Stripe, step by step. No two histories share an object. */
import fc from "fast-check";
import type Stripe from "stripe";
import { type TestCatalog, uniqueName } from "./test_catalog.ts";

/** The ids that a history has created so far. */
interface Ids {
  product?: string;
  price?: string;
  customer?: string;
  subscription?: string;
  invoice?: string;
}

type Operation = (ids: Ids, catalog: TestCatalog) => Promise<unknown>;

const inSevenDays = () => Math.floor(Date.now() / 1_000) + 7 * 24 * 60 * 60;

async function createCustomer(ids: Ids, { stripe }: TestCatalog): Promise<string> {
  return ids.customer = (await stripe.customers.create({ email: `${uniqueName()}@example.com` })).id;
}

async function createProduct(ids: Ids, { stripe }: TestCatalog): Promise<string> {
  return ids.product = (await stripe.products.create({ name: uniqueName() })).id;
}

async function subscribe(
  ids: Ids,
  catalog: TestCatalog,
  params: Partial<Stripe.SubscriptionCreateParams>,
): Promise<void> {
  const customer = ids.customer ?? await createCustomer(ids, catalog);
  const { id } = await catalog.stripe.subscriptions.create({
    customer,
    items: [{ price: catalog.prices[0]! }],
    ...params,
  });
  ids.subscription = id;
}

const change = (ids: Ids, { stripe }: TestCatalog, params: Stripe.SubscriptionUpdateParams) =>
  stripe.subscriptions.update(ids.subscription!, params);

/** The first operation creates what the others change. An operation that Stripe refuses changes nothing. */
const OPERATIONS = {
  product: {
    create: { "create a product": createProduct },
    change: {
      "rename the product": ({ product }, { stripe }) => stripe.products.update(product!, { name: uniqueName() }),
      "archive the product": ({ product }, { stripe }) => stripe.products.update(product!, { active: false }),
      "restore the product": ({ product }, { stripe }) => stripe.products.update(product!, { active: true }),
      "delete the product": ({ product }, { stripe }) => stripe.products.del(product!),
    },
  },
  price: {
    create: {
      async "create a price"(ids, catalog) {
        const product = await createProduct(ids, catalog);
        ids.price = (await catalog.stripe.prices.create({ product, currency: "usd", unit_amount: 500 })).id;
      },
    },
    change: {
      "set a nickname": ({ price }, { stripe }) => stripe.prices.update(price!, { nickname: uniqueName() }),
      "archive the price": ({ price }, { stripe }) => stripe.prices.update(price!, { active: false }),
      "restore the price": ({ price }, { stripe }) => stripe.prices.update(price!, { active: true }),
      "set a lookup key": ({ price }, { stripe }) => stripe.prices.update(price!, { lookup_key: uniqueName() }),
      "rename the product of the price": ({ product }, { stripe }) =>
        stripe.products.update(product!, { name: uniqueName() }),
    },
  },
  customer: {
    create: { "create a customer": createCustomer },
    change: {
      "change the email": ({ customer }, { stripe }) =>
        stripe.customers.update(customer!, { email: `${uniqueName()}@example.com` }),
      "rename the customer": ({ customer }, { stripe }) => stripe.customers.update(customer!, { name: uniqueName() }),
      "delete the customer": ({ customer }, { stripe }) => stripe.customers.del(customer!),
    },
  },
  subscription: {
    create: {
      "subscribe by card": (ids, catalog) => subscribe(ids, catalog, { default_payment_method: "pm_card_visa" }),
      "subscribe by invoice": (ids, catalog) =>
        subscribe(ids, catalog, { collection_method: "send_invoice", days_until_due: 7 }),
      "start a trial": (ids, catalog) => subscribe(ids, catalog, { trial_period_days: 14 }),
    },
    change: {
      async "change the quantity"(ids, catalog) {
        const [item] = (await catalog.stripe.subscriptions.update(ids.subscription!, {})).items.data;
        await change(ids, catalog, { items: [{ id: item!.id, quantity: 2 + Math.floor(Math.random() * 50) }] });
      },
      "add an item": (ids, catalog) => change(ids, catalog, { items: [{ price: catalog.prices[1]! }] }),
      async "delete the last item"(ids, catalog) {
        const { data } = (await catalog.stripe.subscriptions.update(ids.subscription!, {})).items;
        await change(ids, catalog, { items: [{ id: data.at(-1)!.id, deleted: true }] });
      },
      "rename the price": (_, { stripe, prices }) => stripe.prices.update(prices[0]!, { nickname: uniqueName() }),
      "cancel at the end of the period": (ids, catalog) => change(ids, catalog, { cancel_at_period_end: true }),
      "cancel at a time": (ids, catalog) => change(ids, catalog, { cancel_at: inSevenDays() }),
      "undo the cancellation": (ids, catalog) => change(ids, catalog, { cancel_at_period_end: false }),
      "end the trial": (ids, catalog) => change(ids, catalog, { trial_end: "now" }),
      "cancel now": (ids, { stripe }) => stripe.subscriptions.cancel(ids.subscription!),
      "subscribe again": (ids, catalog) =>
        subscribe(ids, catalog, { collection_method: "send_invoice", days_until_due: 7 }),
      "delete the customer": ({ customer }, { stripe }) => stripe.customers.del(customer!),
    },
  },
  invoice: {
    create: {
      async "create an invoice"(ids, catalog) {
        const customer = await createCustomer(ids, catalog);
        const params = { customer, collection_method: "send_invoice", days_until_due: 7 } as const;
        ids.invoice = (await catalog.stripe.invoices.create(params)).id;
      },
    },
    change: {
      "add a line": ({ customer, invoice }, { stripe }) =>
        stripe.invoiceItems.create({ customer: customer!, invoice: invoice!, amount: 700, currency: "usd" }),
      "set a description": ({ invoice }, { stripe }) => stripe.invoices.update(invoice!, { description: uniqueName() }),
      "finalize the invoice": ({ invoice }, { stripe }) => stripe.invoices.finalizeInvoice(invoice!),
      "send the invoice": ({ invoice }, { stripe }) => stripe.invoices.sendInvoice(invoice!),
      "pay the invoice": ({ invoice }, { stripe }) => stripe.invoices.pay(invoice!, { paid_out_of_band: true }),
      "void the invoice": ({ invoice }, { stripe }) => stripe.invoices.voidInvoice(invoice!),
      "mark the invoice uncollectible": ({ invoice }, { stripe }) => stripe.invoices.markUncollectible(invoice!),
      "delete the draft": ({ invoice }, { stripe }) => stripe.invoices.del(invoice!),
    },
  },
} satisfies Record<string, { create: Record<string, Operation>; change: Record<string, Operation> }>;

type Kind = keyof typeof OPERATIONS;

/** Named operations, so that a failing history is readable. */
export interface History {
  kind: Kind;
  steps: string[];
}

const operationsOf = (kind: Kind): Record<string, Operation> => ({
  ...OPERATIONS[kind].create,
  ...OPERATIONS[kind].change,
});

const historyOf = (kind: Kind): fc.Arbitrary<History> =>
  fc.tuple(
    fc.constantFrom(...Object.keys(OPERATIONS[kind].create)),
    fc.array(fc.constantFrom(...Object.keys(OPERATIONS[kind].change)), { minLength: 2, maxLength: 7 }),
  ).map(([first, rest]) => ({ kind, steps: [first, ...rest] }));

/** Three to eight operations on an object of one kind. */
export const history: fc.Arbitrary<History> = fc.oneof(...(Object.keys(OPERATIONS) as Kind[]).map(historyOf));

/** The longest pause in milliseconds between two steps, so that events are processed while the next step runs. */
const LONGEST_PAUSE = 500;

/** Runs a history with pauses. @returns the number of steps that Stripe accepted */
export async function runHistory({ kind, steps }: History, catalog: TestCatalog): Promise<number> {
  const ids: Ids = {};
  const operations = operationsOf(kind);
  let accepted = 0;
  for (const step of steps) {
    if (await isAccepted(operations[step]!(ids, catalog))) accepted++;
    await new Promise((resume) => setTimeout(resume, Math.random() * LONGEST_PAUSE));
  }
  return accepted;
}

/** Whether Stripe accepts the operation. It refuses to change what is deleted or paid. */
async function isAccepted(operation: Promise<unknown>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if ((error as Stripe.errors.StripeError).type === "StripeInvalidRequestError") return false;
    throw error;
  }
}
