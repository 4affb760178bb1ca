/** What Stripe cuts inside of an object is mirrored in full, on every path. */
import { assertEquals } from "@std/assert";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { assertMirrored, entitlements } from "./mirror_assertions.ts";
import { reconcileAll, runBackfill, walkAll } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";

const LINES = 120;
const FEATURES = 12;

/** An invoice of many lines, a price of many currencies, and a customer of many features. */
async function create({ stripe }: Stack) {
  const { id: customer } = await stripe.customers.create({ name: "Ada" });
  const invoice = await stripe.invoices.create({ customer, auto_advance: false });
  for (let n = 0; n < LINES; n++) {
    await stripe.invoiceItems.create({ customer, invoice: invoice.id, amount: n, currency: "usd" });
  }
  const product = await stripe.products.create({ name: "Metered" });
  const tiers = (amount: number) => [{ up_to: 10, unit_amount: amount }, { up_to: "inf", unit_amount: 1 }] as const;
  const recurring = { interval: "month" } as const;
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [...tiers(9)],
    currency_options: { eur: { tiers: [...tiers(8)] }, gbp: { tiers: [...tiers(7)] } },
    recurring,
  });
  const other = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    billing_scheme: "tiered",
    tiers_mode: "graduated",
    tiers: [...tiers(9)],
    recurring,
  });
  for (let n = 0; n < FEATURES; n++) {
    const { id } = await stripe.entitlements.features.create({ name: `Feature ${n}`, lookup_key: `feature_${n}` });
    await stripe.products.createFeature(product.id, { entitlement_feature: id });
  }
  const plan = await stripe.prices.create({ product: product.id, currency: "usd", unit_amount: 100, recurring });
  await stripe.subscriptions.create({
    customer,
    items: [{ price: plan.id }],
    collection_method: "send_invoice",
    days_until_due: 7,
  });
  return [
    { object: "invoice", object_id: invoice.id! },
    { object: "price", object_id: price.id },
    { object: "price", object_id: other.id },
    { object: entitlements, object_id: customer },
  ] as const satisfies ObjectRef[];
}

const held = async ({ sql }: Stack) => {
  const [{ lines, features } = {}] = await sql`
    select
      (select max(jsonb_array_length(data #> '{lines,data}')) from stripe_invoices) as lines,
      (select jsonb_array_length(data #> '{entitlements,data}') from stripe_entitlements) as features`;
  return [lines, features];
};

Deno.test(`An invoice of ${LINES} lines, a price of three currencies and ${FEATURES} features are mirrored in full`, async (t) => {
  await using stack = await startStack();
  const refs = await create(stack);
  const [invoice] = refs;

  await t.step("after an event", async () => {
    const event = makeEvent("invoice.updated", { id: invoice.object_id, object: "invoice" });
    assertEquals((await readAnswer(await deliver(stack, event), 200, Receipt)).outcome, "processed");
    assertEquals((await held(stack))[0], LINES);
    await assertMirrored(stack, [invoice]);
  });

  await t.step("after a reconcile", async () => {
    await reconcileAll(stack);
    assertEquals(await held(stack), [LINES, FEATURES]);
    await assertMirrored(stack, refs);
  });

  await t.step("after a backfill", async () => {
    for (
      const { name } of await stack.sql<{ name: string }[]>`select mirror::text as name from billing.mirrored_kinds`
    ) {
      await stack.sql`delete from ${stack.sql(name)}`;
    }
    for (let state = "more"; state === "more";) {
      const backfilled = await runBackfill(stack);
      state = backfilled.state;
    }
    assertEquals(await held(stack), [LINES, FEATURES]);
    await assertMirrored(stack, refs);
  });

  await t.step("and found unchanged by drift detection", async () => {
    await stack.sql`update stripe_invoices set fetched_at = now() - interval '2 days'`;
    await stack.sql`update stripe_prices set fetched_at = now() - interval '2 days'`;
    await stack.sql`update stripe_entitlements set fetched_at = now() - interval '2 days'`;
    const { refetched, drifted } = await walkAll(stack);
    assertEquals([refetched > 4, drifted], [true, 0]);
    await assertMirrored(stack, refs);
  });
});
