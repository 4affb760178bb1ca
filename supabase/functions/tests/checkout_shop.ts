/** Prices on offer, and what a buyer does at this backend and on the payment page. */
import { Checkout } from "../_shared/contract/checkout.ts";
import { readAnswer } from "./answers.ts";
import { ORIGIN, type Stack } from "./stack.ts";
import { uniqueName } from "./test_catalog.ts";
import { until } from "./until.ts";

export const URLS = { success_url: `${ORIGIN}/thanks`, cancel_url: `${ORIGIN}/plans` };
const HOUR = 3_600;

/** @param stack Its webhook must receive Stripe's events, which tell of the prices. */
export function createCheckoutShop(stack: Stack) {
  const { stripe, sql } = stack;
  let owners = 0;
  const signIn = (sub = `user_checkout${++owners}`) => stack.sign({ sub, exp: Math.floor(Date.now() / 1_000) + HOUR });
  const start = (token: string, price: string, more: object = {}) =>
    stack.call("stripe-checkout", { method: "POST", token, body: { price, ...URLS, ...more } });
  const customerOf = async (owner: string) =>
    (await sql`select stripe_customer_id as id from stripe_customer_mapping where owner_id = ${owner}`)[0]!
      .id as string;

  return {
    signIn,
    start,
    customerOf,

    /** A checkout that must be a new one. */
    buy: async (token: string, price: string, more: object = {}) =>
      await readAnswer(await start(token, price, more), 201, Checkout),

    /** A price at Stripe that the mirror has; recurring, unless `recurring` is undefined. */
    async offer(metadata: Record<string, string> = {}, product_metadata = {}, params: object = {}) {
      const product = await stripe.products.create({ name: uniqueName(), metadata: product_metadata });
      const { id } = await stripe.prices.create({
        product: product.id,
        currency: "usd",
        unit_amount: 900,
        recurring: { interval: "month" },
        metadata,
        ...params,
      });
      await until(async () => {
        const rows = await sql`
          select from stripe_prices, stripe_products where stripe_prices.id = ${id} and stripe_products.id = ${product.id}`;
        return rows.length > 0;
      }, `the price ${id}`);
      return id;
    },

    /** Pays on Stripe's page. */
    pay: (url: string, method = "visa") => submit(url, { action: "pay", method }),

    /** Answers the question of the buyer's bank. */
    authenticate: (url: string, action: "pass" | "fail" | "abandon") => submit(`${url}/authenticate`, { action }),

    /** The ids of the owner's open sessions. */
    openOf: async (owner: string) => {
      const { data } = await stripe.checkout.sessions.list({ customer: await customerOf(owner), status: "open" });
      return data.map(({ id }) => id);
    },
  };
}

/** Sends the form of a page. @returns The status, and where the answer leads */
async function submit(url: string, entered: Record<string, string>) {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(entered), redirect: "manual" });
  await response.body?.cancel();
  return { status: response.status, location: response.headers.get("location") };
}
