/** The catalog with and without webhooks: with them a change is served without listing Stripe again. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { startCatalogStack } from "./catalog_stack.ts";
import { deliver, makeEvent } from "./events.ts";
import { assertMirrored } from "./mirror_assertions.ts";
import { reconcileAll } from "./reconcile_run.ts";
import { until } from "./until.ts";

Deno.test("The catalog with a webhook follows Stripe without another fill", async (t) => {
  await using stack = await startCatalogStack({}, { webhook: true });
  const { stripe } = stack;
  await stack.products(); // fills the catalog, which is then not due for a day
  await stack.settle();
  await stack.forgetStripeRequests();
  /** One query, which a cached page may answer. */
  const names = async () => (await stack.products("limit=20")).data.map(({ name }) => name);
  const amounts = async () => (await stack.prices("limit=20")).data.map(({ unit_amount }) => unit_amount);

  await t.step("a new product and its price are served", async () => {
    const { id: product } = await stripe.products.create({ id: "prod_pro", name: "Pro" });
    await stripe.prices.create({ product, currency: "usd", unit_amount: 900 });
    await until(async () => (await names()).includes("Pro"));
    await until(async () => (await amounts()).includes(900));
  });

  await t.step("a change is served, and an archived product and its price are not", async () => {
    await stripe.products.update("prod_pro", { name: "Professional" });
    await until(async () => (await names()).includes("Professional"));
    await stripe.products.update("prod_pro", { active: false });
    await until(async () => (await names()).length === 0);
    await until(async () => (await amounts()).length === 0);
  });

  await t.step("no list was requested from Stripe", async () => {
    assertEquals(await stack.lists(), []);
  });
});

Deno.test("A deployment without a webhook serves the catalog, creates customers and reconciles", async () => {
  await using stack = await startCatalogStack({ STRIPE_WEBHOOK_SECRET: null });
  const { stripe } = stack;
  const { id: product } = await stripe.products.create({ name: "Pro" });
  assertEquals((await stack.products()).data.map(({ name }) => name), ["Pro"]);
  await stripe.products.update(product, { name: "Professional" });
  await stack.refill();
  assertEquals((await stack.products()).data.map(({ name }) => name), ["Professional"]);

  const response = await stack.call("stripe-customer", { method: "POST", token: await stack.signIn("ada") });
  const { customer_id } = await readAnswer(response, 201, Customer);
  const params = { product, currency: "usd", unit_amount: 900, recurring: { interval: "month" } } as const;
  const { id: price } = await stripe.prices.create(params);
  const subscription = await stripe.subscriptions.create({
    customer: customer_id,
    items: [{ price }],
    default_payment_method: "pm_card_visa",
  });

  const event = makeEvent("customer.subscription.created", subscription);
  await readError(await deliver(stack, event, { secret: "whsec_of_another_project_0" }), "not_configured");
  const { processed, dead } = await reconcileAll(stack);
  assert(processed > 0 && dead === 0, `${processed} processed, ${dead} dead`);
  await assertMirrored(stack, [
    { object: "subscription", object_id: subscription.id },
    { object: "invoice", object_id: subscription.latest_invoice as string },
    { object: "customer", object_id: customer_id },
    { object: "price", object_id: price },
  ]);
});
