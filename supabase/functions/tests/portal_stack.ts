import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer } from "./answers.ts";
import { startStack } from "./stack.ts";

/** A stack that sells Basic and Pro, whose portal offers everything and charges at once. */
export async function startPortalStack(env: Record<string, string> = {}) {
  const stack = await startStack(env);
  const { sql, stripe } = stack;
  await stack.confirmTestKey();

  const signIn = (sub: string, claims = {}) =>
    stack.sign({ sub, exp: Math.floor(Date.now() / 1_000) + 3_600, ...claims });

  const record = (objects: unknown[]) =>
    sql`select record_objects(draw_ticket('test_1'), ${sql.json(objects as never)}, 'test_1')`;

  /** A recurring price of a product of its own, mirrored. */
  async function sell(name: string, unit_amount: number, price = {}, product = {}) {
    const sold = await stripe.products.create({ name, ...product });
    const one = await stripe.prices.create({
      product: sold.id,
      currency: "usd",
      unit_amount,
      recurring: { interval: "month" },
      ...price,
    });
    await record([sold, one]);
    return one;
  }
  const basic = await sell("Basic", 1_000, { metadata: { quantity: "1-10" } });
  const pro = await sell("Pro", 3_000, { metadata: { quantity: "1-10" } });
  const year = await sell("Yearly", 9_000, { recurring: { interval: "year" } });
  const offered = (prices: (typeof basic)[]) =>
    prices.map(({ id, product }) => ({
      product: product as string,
      prices: [id],
      adjustable_quantity: { enabled: true, maximum: 10 },
    }));
  const configuration = await stripe.billingPortal.configurations.create({
    features: {
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: true },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ["price", "quantity"],
        products: offered([basic, pro, year]),
        proration_behavior: "always_invoice",
      },
    },
  });
  await stack.setDefaultPortal(configuration.id);

  /** Creates the caller's customer, with a card. */
  async function signUp(token: string, owner = "user") {
    const response = await stack.call("stripe-customer", { method: "POST", token, body: { for: owner } });
    const { customer_id } = await readAnswer(response, 201, Customer);
    const { id } = await stripe.paymentMethods.attach("pm_card_visa", { customer: customer_id });
    await stripe.customers.update(customer_id, { invoice_settings: { default_payment_method: id } });
    return customer_id;
  }

  /** A mirrored subscription. */
  async function subscribe(customer: string, params = {}) {
    const subscription = await stripe.subscriptions.create({ customer, items: [{ price: basic.id }], ...params });
    await record([subscription]);
    return subscription;
  }

  return { ...stack, signIn, record, sell, basic, pro, year, configuration, offered, signUp, subscribe };
}
