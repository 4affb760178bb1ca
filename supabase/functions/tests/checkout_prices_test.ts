/** What a checkout costs: promotion codes, tax and other currencies, from the endpoint to the mirrored invoice. */
import { assertEquals } from "@std/assert";
import { Checkout } from "../_shared/contract/checkout.ts";
import { readAnswer, readError } from "./answers.ts";
import { ORIGIN, startStack } from "./stack.ts";
import { uniqueName } from "./test_catalog.ts";
import { until } from "./until.ts";

const URLS = { success_url: `${ORIGIN}/thanks`, cancel_url: `${ORIGIN}/plans` };

async function startShop(env: Record<string, string>) {
  const stack = await startStack(env, { webhook: true });
  const { sql, stripe } = stack;
  /** A monthly price of 10 dollars and its product, which the mirror has. */
  async function offer(params: object = {}): Promise<string> {
    const product = await stripe.products.create({ name: uniqueName() });
    const { id } = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 1_000,
      recurring: { interval: "month" },
      ...params,
    });
    await until(
      async () =>
        (await sql`
          select from stripe_prices price join stripe_products product on product.id = ${product.id}
          where price.id = ${id}`).length > 0,
      `the price ${id}`,
    );
    return id;
  }

  const start = async (owner: string, price: string, more: object = {}) =>
    await stack.call("stripe-checkout", {
      method: "POST",
      token: await stack.sign({ sub: owner, exp: Math.floor(Date.now() / 1_000) + 3_600 }),
      body: { price, ...URLS, ...more },
    });

  /** Sends a form of the payment page. @returns The status */
  async function send(url: string, fields: Record<string, string>): Promise<number> {
    const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
    await response.body?.cancel();
    return response.status;
  }

  /** The paid invoice of an owner, as the mirror has it. */
  const invoiceOf = (owner: string) =>
    until(async () => {
      const [row] = await sql`
        select invoice.data from stripe_invoices invoice
        join stripe_customer_mapping mapping on mapping.stripe_customer_id = invoice.customer
        where mapping.owner_id = ${owner} and invoice.status = 'paid'`;
      return row?.data;
    }, `the invoice of ${owner}`);

  return {
    ...stack,
    offer,
    start,
    send,
    invoiceOf,
    buy: async (owner: string, price: string, more: object = {}) =>
      await readAnswer(await start(owner, price, more), 201, Checkout),
  };
}

Deno.test("a promotion code of the payment page lowers the payment and the mirrored invoice", async () => {
  await using shop = await startShop({ CHECKOUT_PROMOTION_CODES: "on" });
  const { stripe } = shop;
  const { id: coupon } = await stripe.coupons.create({ percent_off: 25, duration: "forever" });
  await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon }, code: "SPRING" });
  const { id, url } = await shop.buy("user_code", await shop.offer());
  assertEquals(await shop.send(url, { action: "apply_code", promotion_code: "none" }), 400);
  assertEquals(await shop.send(url, { action: "apply_code", promotion_code: "spring" }), 303);
  assertEquals(await shop.send(url, { action: "pay", method: "visa" }), 303);

  const { amount_total } = await stripe.checkout.sessions.retrieve(id);
  const { data: [charge] } = await stripe.charges.list({ limit: 1 });
  const { amount_paid, subtotal, total, total_discount_amounts: [discount] } = await shop.invoiceOf("user_code");
  assertEquals([amount_total, charge!.amount, total, amount_paid], [750, 750, 750, 750]);
  assertEquals([subtotal, discount.amount], [1_000, 250]);
});

Deno.test("the tax of the address is shown, paid and on the mirrored invoice, and the customer keeps the address", async () => {
  await using shop = await startShop({ CHECKOUT_TAX: "automatic" });
  const { stripe } = shop;
  const { id, url } = await shop.buy("user_tax", await shop.offer());
  const form = { action: "pay", method: "visa", line1: "Ring 1", postal_code: "1010", city: "Wien", country: "AT" };
  assertEquals(await shop.send(url, form), 400); // The page shows the new total first.
  assertEquals(await shop.send(url, form), 303);

  const { amount_total, automatic_tax, customer } = await stripe.checkout.sessions.retrieve(id, {
    expand: ["customer"],
  });
  assertEquals([amount_total, automatic_tax.status], [1_200, "complete"]);
  assertEquals((customer as { address: { country: string } }).address.country, "AT");
  const { amount_paid, total, total_excluding_tax, total_taxes: [tax] } = await shop.invoiceOf("user_tax");
  assertEquals([total, amount_paid, total_excluding_tax, tax.amount], [1_200, 1_200, 1_000, 200]);
});

Deno.test("a price is bought in another of its currencies, after which the first one is refused", async () => {
  await using shop = await startShop({ CHECKOUT_SLOT: "product" });
  const price = await shop.offer({ currency_options: { eur: { unit_amount: 800 } } });
  const { url } = await shop.buy("user_euro", price, { currency: "eur" });
  assertEquals(await shop.send(url, { action: "pay", method: "visa" }), 303);
  const { currency, total } = await shop.invoiceOf("user_euro");
  assertEquals([currency, total], ["eur", 800]);
  await readError(await shop.start("user_euro", await shop.offer()), "currency_mismatch");
});
