/** One-time purchases: what they grant, and what a refund, a dispute or a forged session changes. */
import { assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer } from "./answers.ts";
import { createOneTimeShop, type OneTimeShop } from "./one_time_purchases.ts";
import { type Stack, startStack } from "./stack.ts";

/** A user who has signed up. */
async function signUp(stack: Stack, shop: OneTimeShop) {
  const id = await stack.newUser();
  const response = await stack.call("stripe-customer", { method: "POST", token: await stack.signIn(id) });
  const { customer_id: customer } = await readAnswer(response, 201, Customer);

  /** What the user may read: the statuses of their purchases, and whether they have the feature. */
  async function readsOf() {
    const client = stack.client(await stack.signIn(id));
    const { data: purchases } = await client.from("stripe_purchases").select(
      "status, product, price, quantity, owner_id",
    );
    const { data: entitled } = await client.rpc("has_entitlement", { lookup_key: shop.feature });
    return { statuses: purchases?.map(({ status }) => status) ?? [], entitled };
  }
  return { id, customer, readsOf };
}
type Buyer = Awaited<ReturnType<typeof signUp>>;

/** What the user reads once every event is delivered. */
async function assertReads(stack: Stack, { readsOf }: Buyer, statuses: string[], entitled: boolean): Promise<void> {
  await stack.webhooksAnswered();
  assertEquals(await readsOf(), { statuses, entitled });
}

Deno.test("A one-time purchase", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe } = stack;
  const shop = await createOneTimeShop(stack);
  const stranger = await signUp(stack, shop);
  const buy = async (params: Partial<Stripe.Checkout.SessionCreateParams> = {}) => {
    const buyer = await signUp(stack, shop);
    return { buyer, ...await shop.buy(buyer.id, { customer: buyer.customer, ...params }) };
  };

  await t.step("entitles its owner once it is paid, and no other user", async () => {
    const buyer = await signUp(stack, shop);
    const session = await shop.open(buyer.id, { customer: buyer.customer });
    await assertReads(stack, buyer, [], false);
    await shop.pay(session);
    await assertReads(stack, buyer, ["paid"], true);
    await assertReads(stack, stranger, [], false);
  });

  await t.step("is mirrored with three reads, and without personal details", async () => {
    const buyer = await signUp(stack, shop);
    const session = await shop.open(buyer.id, { customer: buyer.customer });
    await stack.webhooksAnswered();
    await stack.forgetStripeRequests();
    await shop.pay(session);
    await assertReads(stack, buyer, ["paid"], true);
    const paths = (await stack.stripeLog()).filter(({ method, path, query }) =>
      method === "GET" && (query.includes("expand") || path.endsWith("/features"))
    );
    assertEquals(paths.length, 3);
    const [row] = await stack.sql`
      select array_agg(distinct key) as keys from billing.mirror, jsonb_object_keys(data) as key
      where object in ('checkout.session', 'payment_intent')`;
    for (const field of ["url", "client_secret", "customer_details", "client_reference_id", "payment_method"]) {
      assertEquals(row!.keys.includes(field), false, field);
    }
  });

  await t.step("keeps its entitlement after a partial refund, and loses it with the whole", async () => {
    const { buyer, payment_intent } = await buy();
    await stripe.refunds.create({ payment_intent, amount: 4_999 });
    await assertReads(stack, buyer, ["paid"], true);
    await stripe.refunds.create({ payment_intent });
    await assertReads(stack, buyer, ["refunded"], false);
  });

  await t.step("is restored by a refund that failed", async () => {
    const { buyer, payment_intent } = await buy();
    const { id } = await stripe.refunds.create({ payment_intent });
    await assertReads(stack, buyer, ["refunded"], false);
    await stack.failRefund(id);
    await assertReads(stack, buyer, ["paid"], true);
  });

  await t.step("does not entitle while it is disputed, nor after a dispute that is lost", async () => {
    const { buyer, payment_intent } = await buy();
    const { id } = await stack.openDispute(await shop.chargeOf(payment_intent));
    await assertReads(stack, buyer, ["disputed"], false);
    await stack.moveDispute(id, "under_review");
    await assertReads(stack, buyer, ["disputed"], false);
    await stack.moveDispute(id, "lost");
    await assertReads(stack, buyer, ["disputed"], false);
  });

  await t.step("entitles again after a dispute that is won", async () => {
    const { buyer, payment_intent } = await buy();
    const { id } = await stack.openDispute(await shop.chargeOf(payment_intent));
    await assertReads(stack, buyer, ["disputed"], false);
    await stack.moveDispute(id, "won");
    await assertReads(stack, buyer, ["paid"], true);
  });

  await t.step("survives the deletion of its customer at Stripe, and of its product's offer", async () => {
    const { buyer } = await buy();
    await assertReads(stack, buyer, ["paid"], true);
    await stripe.customers.del(buyer.customer);
    await stripe.products.update(shop.product, { active: false });
    await assertReads(stack, buyer, ["paid"], true);
    await assertReads(stack, stranger, [], false);
    await stripe.products.update(shop.product, { active: true });
  });

  await t.step("by bank debit entitles when the bank has paid, and not when it fails", async () => {
    for (const outcome of ["succeeded", "failed"] as const) {
      const iban = outcome === "succeeded" ? "AT611904300234573201" : "AT861904300235473202";
      const buyer = await signUp(stack, shop);
      const session = await shop.open(buyer.id, { customer: buyer.customer });
      const billing_details = { name: "Ada", email: "ada@example.com" };
      await shop.pay(session, { type: "sepa_debit", sepa_debit: { iban }, billing_details });
      await assertReads(stack, buyer, [outcome === "succeeded" ? "paid" : "failed"], outcome === "succeeded");
    }
  });

  await t.step("of a Payment Link's visitor with a forged client_reference_id grants nothing", async () => {
    const victim = await signUp(stack, shop);
    const forged = { client_reference_id: victim.id, metadata: {}, payment_intent_data: {} };
    await shop.buy(victim.id, forged);
    await shop.buy(victim.id, { ...forged, customer: victim.customer });
    await assertReads(stack, victim, [], false);
  });

  await t.step("of another deployment is not mirrored", async () => {
    const buyer = await signUp(stack, shop);
    const metadata = { owner: buyer.id, deployment_id: crypto.randomUUID() };
    await shop.buy(buyer.id, { metadata, payment_intent_data: { metadata } });
    await assertReads(stack, buyer, [], false);
    const [row] = await stack.sql`
      select count(*)::int as pending from billing.webhook_events where processed_at is null`;
    assertEquals(row!.pending, 0, "Its events are finished all the same");
  });
});
