/** What may happen to objects at Stripe, step by step. Each history has objects of its own. */
import fc from "fast-check";
import type Stripe from "stripe";
import { type Shop, uniqueName } from "./shop.ts";

/** What a history has made so far. */
interface Made {
  product?: string;
  price?: string;
  customer?: string;
  subscription?: string;
  invoice?: string;
}

type Act = (made: Made, shop: Shop) => Promise<unknown>;

const soon = () => Math.floor(Date.now() / 1_000) + 7 * 24 * 60 * 60;

async function aCustomer(made: Made, { stripe }: Shop): Promise<string> {
  return made.customer = (await stripe.customers.create({ email: `${uniqueName()}@example.com` })).id;
}

async function aProduct(made: Made, { stripe }: Shop): Promise<string> {
  return made.product = (await stripe.products.create({ name: uniqueName() })).id;
}

async function subscribe(made: Made, shop: Shop, how: Partial<Stripe.SubscriptionCreateParams>): Promise<void> {
  const customer = made.customer ?? await aCustomer(made, shop);
  const { id } = await shop.stripe.subscriptions.create({ customer, items: [{ price: shop.prices[0]! }], ...how });
  made.subscription = id;
}

const change = (made: Made, { stripe }: Shop, how: Stripe.SubscriptionUpdateParams) =>
  stripe.subscriptions.update(made.subscription!, how);

/** The first step of a history makes what the others change; a step that Stripe refuses changes nothing. */
const PLOTS = {
  product: {
    begin: { "a product": aProduct },
    go_on: {
      "it is renamed": ({ product }, { stripe }) => stripe.products.update(product!, { name: uniqueName() }),
      "it is archived": ({ product }, { stripe }) => stripe.products.update(product!, { active: false }),
      "it is sold again": ({ product }, { stripe }) => stripe.products.update(product!, { active: true }),
      "it is deleted": ({ product }, { stripe }) => stripe.products.del(product!),
    },
  },
  price: {
    begin: {
      async "a price"(made, shop) {
        const product = await aProduct(made, shop);
        made.price = (await shop.stripe.prices.create({ product, currency: "usd", unit_amount: 500 })).id;
      },
    },
    go_on: {
      "it is called something": ({ price }, { stripe }) => stripe.prices.update(price!, { nickname: uniqueName() }),
      "it is archived": ({ price }, { stripe }) => stripe.prices.update(price!, { active: false }),
      "it is sold again": ({ price }, { stripe }) => stripe.prices.update(price!, { active: true }),
      "it is found by a key": ({ price }, { stripe }) => stripe.prices.update(price!, { lookup_key: uniqueName() }),
      "its product is renamed": ({ product }, { stripe }) => stripe.products.update(product!, { name: uniqueName() }),
    },
  },
  customer: {
    begin: { "a customer": aCustomer },
    go_on: {
      "he moves his mail": ({ customer }, { stripe }) =>
        stripe.customers.update(customer!, { email: `${uniqueName()}@example.com` }),
      "he is renamed": ({ customer }, { stripe }) => stripe.customers.update(customer!, { name: uniqueName() }),
      "he is deleted": ({ customer }, { stripe }) => stripe.customers.del(customer!),
    },
  },
  subscription: {
    begin: {
      "he subscribes by card": (made, shop) => subscribe(made, shop, { default_payment_method: "pm_card_visa" }),
      "he subscribes and pays later": (made, shop) =>
        subscribe(made, shop, { collection_method: "send_invoice", days_until_due: 7 }),
      "he tries": (made, shop) => subscribe(made, shop, { trial_period_days: 14 }),
    },
    go_on: {
      async "he takes more"(made, shop) {
        const [item] = (await shop.stripe.subscriptions.update(made.subscription!, {})).items.data;
        await change(made, shop, { items: [{ id: item!.id, quantity: 2 + Math.floor(Math.random() * 50) }] });
      },
      "he takes the other, too": (made, shop) => change(made, shop, { items: [{ price: shop.prices[1]! }] }),
      async "he leaves the last"(made, shop) {
        const { data } = (await shop.stripe.subscriptions.update(made.subscription!, {})).items;
        await change(made, shop, { items: [{ id: data.at(-1)!.id, deleted: true }] });
      },
      "what he pays is called something else": (_, { stripe, prices }) =>
        stripe.prices.update(prices[0]!, { nickname: uniqueName() }),
      "he will leave": (made, shop) => change(made, shop, { cancel_at_period_end: true }),
      "he will leave on a day": (made, shop) => change(made, shop, { cancel_at: soon() }),
      "he stays": (made, shop) => change(made, shop, { cancel_at_period_end: false }),
      "he pays from now on": (made, shop) => change(made, shop, { trial_end: "now" }),
      "he leaves": (made, { stripe }) => stripe.subscriptions.cancel(made.subscription!),
      "he subscribes again": (made, shop) =>
        subscribe(made, shop, { collection_method: "send_invoice", days_until_due: 7 }),
      "he is deleted": ({ customer }, { stripe }) => stripe.customers.del(customer!),
    },
  },
  invoice: {
    begin: {
      async "an invoice"(made, shop) {
        const customer = await aCustomer(made, shop);
        const wish = { customer, collection_method: "send_invoice", days_until_due: 7 } as const;
        made.invoice = (await shop.stripe.invoices.create(wish)).id;
      },
    },
    go_on: {
      "a line more": ({ customer, invoice }, { stripe }) =>
        stripe.invoiceItems.create({ customer: customer!, invoice: invoice!, amount: 700, currency: "usd" }),
      "it is described": ({ invoice }, { stripe }) => stripe.invoices.update(invoice!, { description: uniqueName() }),
      "it is finalized": ({ invoice }, { stripe }) => stripe.invoices.finalizeInvoice(invoice!),
      "it is sent": ({ invoice }, { stripe }) => stripe.invoices.sendInvoice(invoice!),
      "it is paid": ({ invoice }, { stripe }) => stripe.invoices.pay(invoice!, { paid_out_of_band: true }),
      "it is voided": ({ invoice }, { stripe }) => stripe.invoices.voidInvoice(invoice!),
      "it is given up": ({ invoice }, { stripe }) => stripe.invoices.markUncollectible(invoice!),
      "it is thrown away": ({ invoice }, { stripe }) => stripe.invoices.del(invoice!),
    },
  },
} satisfies Record<string, { begin: Record<string, Act>; go_on: Record<string, Act> }>;

type Plot = keyof typeof PLOTS;

/** In words, so that a history that fails can be read. */
export interface History {
  plot: Plot;
  steps: string[];
}

const actsOf = (plot: Plot): Record<string, Act> => ({ ...PLOTS[plot].begin, ...PLOTS[plot].go_on });

const historyOf = (plot: Plot): fc.Arbitrary<History> =>
  fc.tuple(
    fc.constantFrom(...Object.keys(PLOTS[plot].begin)),
    fc.array(fc.constantFrom(...Object.keys(PLOTS[plot].go_on)), { minLength: 2, maxLength: 7 }),
  ).map(([first, rest]) => ({ plot, steps: [first, ...rest] }));

/** Three to eight steps with an object of one kind, and whatever comes of them. */
export const history: fc.Arbitrary<History> = fc.oneof(...(Object.keys(PLOTS) as Plot[]).map(historyOf));

/** Milliseconds between two steps, at most: so that the events of one are looked into while the next happens. */
const LONGEST = 500;

/** Lets a history happen, with pauses. @returns How many of its steps Stripe took */
export async function happen({ plot, steps }: History, shop: Shop): Promise<number> {
  const made: Made = {};
  const acts = actsOf(plot);
  let taken = 0;
  for (const step of steps) {
    if (await takes(acts[step]!(made, shop))) taken++;
    await new Promise((resume) => setTimeout(resume, Math.random() * LONGEST));
  }
  return taken;
}

/** Whether Stripe took it, or said that what is gone or paid cannot be changed. */
async function takes(act: Promise<unknown>): Promise<boolean> {
  try {
    await act;
    return true;
  } catch (error) {
    if ((error as Stripe.errors.StripeError).type === "StripeInvalidRequestError") return false;
    throw error;
  }
}
