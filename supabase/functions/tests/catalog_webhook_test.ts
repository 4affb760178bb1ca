/** Webhooks and the catalog: with them a change is served without Stripe being listed again, without them all works. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { startCatalogStack } from "./catalog_stack.ts";
import { deliver, makeEvent } from "./events.ts";
import { assertMirrored } from "./mirror_state.ts";
import { reconcileAll } from "./reconcile_run.ts";
import { until } from "./until.ts";

Deno.test("With a webhook the catalog follows Stripe by itself", async (t) => {
  await using stack = await startCatalogStack({}, { webhook: true });
  const { stripe } = stack;
  await stack.products(); // which fills it, and it is not due again for a day
  await stack.settle();
  await stack.forgetStripeRequests();
  /** One query, from the memory of pages whenever that has it. */
  const names = async () => (await stack.products("limit=20")).data.map(({ name }) => name);
  const amounts = async () => (await stack.prices("limit=20")).data.map(({ unit_amount }) => unit_amount);

  await t.step("what is new at Stripe is served", async () => {
    const { id: product } = await stripe.products.create({ id: "prod_pro", name: "Pro" });
    await stripe.prices.create({ product, currency: "usd", unit_amount: 900 });
    await until(async () => (await names()).includes("Pro"));
    await until(async () => (await amounts()).includes(900));
  });

  await t.step("so is what changed, and what is no longer sold is served no more", async () => {
    await stripe.products.update("prod_pro", { name: "Professional" });
    await until(async () => (await names()).includes("Professional"));
    await stripe.products.update("prod_pro", { active: false });
    await until(async () => (await names()).length === 0);
    await until(async () => (await amounts()).length === 0); // trap 21: nor is its price
  });

  await t.step("and Stripe was not listed for it", async () => {
    assertEquals(await stack.lists(), []);
  });
});

Deno.test("A deployment without any webhook works", async () => {
  await using stack = await startCatalogStack({ STRIPE_WEBHOOK_SECRET: null });
  const { stripe } = stack;
  const { id: product } = await stripe.products.create({ name: "Pro" });
  assertEquals((await stack.products()).data.map(({ name }) => name), ["Pro"]);
  await stripe.products.update(product, { name: "Professional" });
  await stack.refill();
  assertEquals((await stack.products()).data.map(({ name }) => name), ["Professional"]);

  const response = await stack.call("stripe-customer", { method: "POST", token: await stack.signIn("ada") });
  const { customer_id } = await readAnswer(response, 201, Customer);
  const wish = { product, currency: "usd", unit_amount: 900, recurring: { interval: "month" } } as const;
  const { id: price } = await stripe.prices.create(wish);
  const subscription = await stripe.subscriptions.create({
    customer: customer_id,
    items: [{ price }],
    default_payment_method: "pm_card_visa",
  });

  const event = makeEvent("customer.subscription.created", subscription);
  await readError(await deliver(stack, event, { secret: "whsec_of_nobody_here_00000" }), "not_configured");
  const { processed, dead } = await reconcileAll(stack);
  assert(processed > 0 && dead === 0, `${processed} processed, ${dead} dead`);
  await assertMirrored(stack, [
    { object: "subscription", object_id: subscription.id },
    { object: "invoice", object_id: subscription.latest_invoice as string },
    { object: "customer", object_id: customer_id },
    { object: "price", object_id: price },
  ]);
});
