/** Restricted keys: the test bed runs every test with the documented permissions; here each one is left out. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { MirroredKind } from "../_shared/contract/mirrored_kinds.ts";
import { Customer } from "../_shared/contract/customer.ts";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { readAnswer, readError } from "./answers.ts";
import { assertMirrored, assertSettled, entitlements, letTimePass, mirrored, MIRRORS } from "./mirror_assertions.ts";
import { reconcile, reconcileAll, runBackfill } from "./reconcile_run.ts";
import { createOneTimeShop, type OneTimeShop } from "./one_time_purchases.ts";
import { type Stack, startStack } from "./stack.ts";
import { createTestCatalog, type TestCatalog } from "./test_catalog.ts";
import { until } from "./until.ts";

/** What reads each kind. The permission for webhook endpoints is for commands only: see deploy/stripe/permissions_test.ts. */
const READS = {
  customer: "customer",
  product: "product",
  price: "plan",
  subscription: "subscription",
  invoice: "invoice",
  "checkout.session": "checkout_session",
  payment_intent: "payment_intent",
  [entitlements]: "entitlement",
} satisfies Partial<Record<MirroredKind, string>>;
type Kind = keyof typeof READS;
const KINDS = Object.keys(READS) as Kind[];

/** An object of each kind at Stripe. */
async function createEach({ stripe, prices }: TestCatalog, shop: OneTimeShop): Promise<Record<Kind, ObjectRef>> {
  const { id: customer } = await stripe.customers.create({ name: "Ada" });
  const { id: product } = await stripe.products.create({ name: "Product" });
  const { id: price } = await stripe.prices.create({ product, currency: "usd", unit_amount: 900 });
  const { id: subscription, latest_invoice } = await stripe.subscriptions.create({
    customer,
    items: [{ price: prices[0]! }],
    collection_method: "send_invoice",
    days_until_due: 7,
  });
  const { session, payment_intent } = await shop.buy("user_ada");
  // Only a refund has an event of the payment.
  await stripe.refunds.create({ payment_intent, amount: 1 });
  const ids = {
    ...{ customer, product, price, subscription, invoice: latest_invoice as string, payment_intent },
    ...{ "checkout.session": session, [entitlements]: customer },
  };
  return Object.fromEntries(
    Object.entries(ids).map(([object, object_id]) => [object, { object, object_id }]),
  ) as Record<Kind, ObjectRef>;
}

const leaveOut = async (stack: Stack, resource: string) => {
  const { [resource]: _, ...others } = await stack.permissions();
  await stack.setPermissions(others);
};

/** Every event is delivered, and each object was fetched, also after events that wait for others of it. */
const delivered = (stack: Stack) =>
  until(async () => {
    if ((await stack.deliveries()).pending > 0) return false;
    const waiting = await stack.sql`
      select from billing.webhook_events where processed_at is null and (attempts = 0 or lease_until > now())`;
    return waiting.length === 0;
  });

/** A whole backfill. @returns the kinds that it skipped */
async function backfill(stack: Stack): Promise<string[]> {
  const skipped = new Set<string>();
  let begin: true | "restart" = "restart";
  for (let state = "more"; state === "more"; begin = true) {
    const answer = await runBackfill(stack, begin);
    answer.skipped?.forEach((kind) => skipped.add(kind));
    state = answer.state;
  }
  return [...skipped];
}

Deno.test("A restricted key with the documented permissions but one", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const catalog = await createTestCatalog(stack);
  const shop = await createOneTimeShop(stack);
  const documented = await stack.permissions();
  await delivered(stack);
  await reconcileAll(stack);

  await t.step("has those of the cases below", () => {
    const missing = [...Object.values(READS), "event", "webhook"].filter((name) => !(name in documented));
    assertEquals(missing, []);
  });

  for (const kind of KINDS) {
    await t.step(`reports and skips ${kind} without "${READS[kind]}", and mirrors every other kind`, async () => {
      await leaveOut(stack, READS[kind]);
      const refs = await createEach(catalog, shop);
      const { [kind]: skipped, ...others } = refs;
      await delivered(stack);
      await assertMirrored(stack, Object.values(others));
      assertEquals(await mirrored(stack, [skipped]), [undefined]);
      const [event] = await stack.sql`
        select last_error, processed_at from billing.webhook_events
        where object = ${kind} and object_id = ${skipped.object_id} limit 1`;
      assertEquals({ ...event }, { last_error: "not_permitted", processed_at: null });
      assertStringIncludes(await stack.logs(), `The key may not read the ${kind} of an event`);

      // The same for objects that no event has reported.
      for (const table of MIRRORS) await stack.sql`delete from ${stack.sql(table)}`;
      // A product's features need its permission.
      const skippedKinds = kind === "product" ? [kind, "product_features"] : [kind];
      assertEquals((await backfill(stack)).toSorted(), skippedKinds);
      // Entitlements are listed for each mirrored customer with a subscription.
      const needed = kind === "customer" || kind === "subscription";
      const { [needed ? entitlements : kind]: _, ...listed } = others as typeof refs;
      await assertMirrored(stack, Object.values(listed));
      assertEquals(await mirrored(stack, [skipped]), [undefined]);

      await stack.setPermissions(documented);
      await letTimePass(stack);
      await reconcileAll(stack);
      await assertSettled(stack, []);
      await assertMirrored(stack, [skipped]);
    });
  }

  await t.step('creates no customer with "customer" at read, and the known ones stay known', async () => {
    const ada = await stack.signIn("ada");
    const call = (token: string) => stack.call("stripe-customer", { method: "POST", token });
    const known = await readAnswer(await call(ada), 201, Customer);
    await stack.setPermissions({ ...documented, customer: "read" });
    assertEquals((await readAnswer(await call(ada), 200, Customer)).customer_id, known.customer_id);
    const grace = await stack.signIn("grace");
    await readError(await call(grace), "not_configured");
    assertStringIncludes(await stack.logs(), "STRIPE_SECRET_KEY lacks rak_customer_write");
    const claim = stack.sql`
      select failed_at, generation from stripe_customer_mapping where stripe_customer_id is null`;
    assertEquals((await claim).map((row) => ({ ...row })), [{ failed_at: null, generation: 1 }]);

    // Nothing was created, so the next call creates without a lookup once the permission is granted.
    await stack.setPermissions(documented);
    await stack.sql`
      update stripe_customer_mapping set lease_until = now() - interval '1 second' where stripe_customer_id is null`;
    await stack.forgetStripeRequests();
    const { customer_id } = await readAnswer(await call(grace), 201, Customer);
    assertEquals((await stack.stripeRequests()).includes("GET /v1/customers"), false);
    const { data } = await stack.stripe.customers.list({ limit: 1 });
    assertEquals(data.map(({ id }) => id), [customer_id]);
  });

  await t.step('finds no undelivered event without "event", and processes those that wait', async () => {
    await leaveOut(stack, "product");
    const waiting = await stack.stripe.products.create({ name: "Waiting" });
    await delivered(stack);
    await stack.setPermissions(documented);
    await leaveOut(stack, "event");
    await letTimePass(stack);
    const { state, found, processed, failed } = await reconcile(stack);
    assertEquals({ state, found, processed, failed }, { state: "done", found: 0, processed: 1, failed: 0 });
    await assertMirrored(stack, [{ object: "product", object_id: waiting.id }]);
    assertStringIncludes(await stack.logs(), "The key may not read events");
  });
});
