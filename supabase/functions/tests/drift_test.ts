/** Changes that neither a webhook nor Stripe's list of events reported are found in Stripe's lists, at few reads. */
import { assert, assertEquals } from "@std/assert";
import { detectDrift, type DriftGateways } from "../_shared/billing/sync/detect_drift.ts";
import { startTimeBudget } from "../_shared/billing/sync/time_budget.ts";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { withoutPauses } from "./gateways.ts";
import { assertMirrored, entitlements } from "./mirror_assertions.ts";
import { makeDriftDue, reconcile, runBackfill, walkAll } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";
import { createTestCatalog } from "./test_catalog.ts";

/** Two pages of customers, and three of products. */
const CUSTOMERS = 120;
const PRODUCTS = 220;

/** Lets the next run poll no event: every one up to now is lost. */
const loseEvents = async ({ sql }: Stack) => {
  await sql`
    insert into billing.reconcile (polled_to) values (extract(epoch from now())::bigint + 1000)
    on conflict (singleton) do update set polled_to = excluded.polled_to, window_from = null, window_to = null`;
};

const walkWithoutEvents = (stack: Stack) => walkAll(stack, () => loseEvents(stack));

async function create(stack: Stack) {
  const { stripe } = stack;
  const { prices } = await createTestCatalog(stack);
  const subscribe = async (price: string) => {
    const { id: customer } = await stripe.customers.create({ name: "Ada" });
    return await stripe.subscriptions.create({
      ...{ customer, items: [{ price }], collection_method: "send_invoice", days_until_due: 7 },
    });
  };
  const kept = await subscribe(prices[0]!);
  const canceled = await subscribe(prices[0]!);
  const { id: gone } = await stripe.products.create({ name: "Gone" });
  for (let n = 0; n < PRODUCTS; n++) await stripe.products.create({ name: `Product ${n}` });
  for (let n = 0; n < CUSTOMERS; n++) await stripe.customers.create({ name: `Customer ${n}` });
  return { price: prices[0]!, kept, canceled, gone };
}

/** How often each path of Stripe was read. */
async function reads(stack: Stack): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const request of await stack.stripeRequests()) {
    if (!request.startsWith("GET ") || /\/v1\/(account|events)/.test(request)) continue;
    counts[request] = (counts[request] ?? 0) + 1;
  }
  return counts;
}

Deno.test("Changes of which every event is lost are found in lists of a hundred objects a read", async (t) => {
  await using stack = await startStack();
  const { stripe, sql } = stack;
  const { price, kept, canceled, gone } = await create(stack);
  for (let state = "more"; state === "more";) {
    ({ state } = await runBackfill(stack));
  }
  const customer = kept.customer as string;
  const { product } = await stripe.prices.retrieve(price);
  const invoice = kept.latest_invoice as string;
  await loseEvents(stack);
  await sql`delete from billing.webhook_events`; // of the creations

  await t.step("a walk without a change finds nothing, and reads each page of each list once", async () => {
    await stack.forgetStripeRequests();
    assertEquals((await walkWithoutEvents(stack)).drifted, 0);
    assertEquals(await reads(stack), {
      "GET /v1/customers": 2,
      "GET /v1/products": 3,
      "GET /v1/prices": 1,
      "GET /v1/subscriptions": 2, // live, and of every status
      "GET /v1/invoices": 1,
      "GET /v1/checkout/sessions": 1,
      "GET /v1/payment_intents": 1,
      [`GET /v1/products/${product}/features`]: 1,
      "GET /v1/entitlements/active_entitlements": 2,
    });
  });

  await t.step("a change of each kind is found, and what vanished is fetched singly", async () => {
    const created = await stripe.customers.create({ name: "Created" });
    await stripe.customers.update(customer, { name: "Changed" });
    await stripe.products.update(product as string, { name: "Changed" });
    await stripe.products.del(gone);
    await stripe.prices.update(price, { nickname: "Changed" });
    await stripe.subscriptions.cancel(canceled.id);
    await stripe.subscriptions.update(kept.id, { metadata: { changed: "yes" } });
    await stripe.invoices.update(invoice, { metadata: { changed: "yes" } });
    const refs = [
      { object: "customer", object_id: created.id },
      { object: "customer", object_id: customer },
      { object: "product", object_id: product as string },
      { object: "product", object_id: gone },
      { object: "price", object_id: price },
      { object: "subscription", object_id: canceled.id },
      { object: "subscription", object_id: kept.id },
      { object: "invoice", object_id: invoice },
      { object: entitlements, object_id: canceled.customer as string },
    ] as const satisfies ObjectRef[];

    await stack.forgetStripeRequests();
    await walkWithoutEvents(stack);
    const counted = await reads(stack);
    await assertMirrored(stack, refs);
    const drift = await sql<ObjectRef[]>`select object, object_id from billing.drift`;
    for (const { object, object_id } of refs) {
      assert(drift.some((found) => found.object === object && found.object_id === object_id), `${object} ${object_id}`);
    }
    assertEquals((await sql`select from billing.webhook_events where processed_at is null`).length, 0);
    assertEquals(counted[`GET /v1/products/${gone}`], 1);
    assertEquals([counted["GET /v1/customers"], counted["GET /v1/products"]], [2, 3]);
    const total = Object.values(counted).reduce((sum, count) => sum + count, 0);
    assert(total <= 17, `${total} reads: ${JSON.stringify(counted)}`);
  });

  await t.step("an invoice whose links alone changed is no drift", async () => {
    await sql`delete from billing.drift`;
    await sql`
      update stripe_invoices
      set data = data || '{"hosted_invoice_url": "old", "invoice_pdf": "old", "webhooks_delivered_at": 1}'`;
    assertEquals((await walkWithoutEvents(stack)).drifted, 0);
    assertEquals((await sql`select from billing.drift`).length, 0);
  });

  await t.step("an object that changes while a walk runs keeps its newest state", async () => {
    await makeDriftDue(stack);
    await sql`update billing.drift_walks set started_at = now() where kind <> 'product'`;
    await sql`update billing.drift_reads set credit = 1, reads_per_hour = 0`; // one page
    await loseEvents(stack);
    await reconcile(stack);
    const [place] = await sql`select cursor from billing.drift_walks where kind = 'product'`;
    assert(place!.cursor !== null);
    await stripe.products.update(place!.cursor, { name: "Changed behind the walk" });
    await stripe.products.update(product as string, { name: "Changed ahead of the walk" });
    for (const id of [place!.cursor, product as string]) {
      const event = makeEvent("product.updated", { id, object: "product" });
      await readAnswer(await deliver(stack, event), 200, Receipt);
    }
    assertEquals((await walkWithoutEvents(stack)).drifted, 0);
    await assertMirrored(stack, [
      { object: "product", object_id: place!.cursor },
      { object: "product", object_id: product as string },
    ]);
  });
});

Deno.test("A drift among 10,000 live subscriptions is found in 110 reads, and the rate allows them within an hour", async () => {
  await using stack = await startStack();
  await stack.confirmTestKey();
  const { sql } = stack;
  await sql`
    insert into stripe_subscriptions (ticket, data)
    select 1, jsonb_build_object('id', 'sub_' || number, 'object', 'subscription', 'status', 'active', 'created', number, 'customer', 'cus_' || number)
    from generate_series(1, 10000) as number`;
  // Each pays once a year.
  await sql`
    insert into stripe_invoices (ticket, data)
    select 1, jsonb_build_object(
      'id', 'in_' || number, 'object', 'invoice', 'status', 'paid', 'total', 100,
      'status_transitions', jsonb_build_object('paid_at', extract(epoch from now())::bigint)
    )
    from generate_series(1, 833) as number`;
  const [rate] = await sql`select billing.drift_rate() * 3 / 4 as live_reads_per_hour`;
  assert(Number(rate!.live_reads_per_hour) >= 110, `${rate!.live_reads_per_hour} reads an hour`);

  const canceled = ["sub_99", "sub_100", "sub_9950"];
  const subscription = (number: number) => ({
    ...{ id: `sub_${number}`, object: "subscription", created: number, customer: `cus_${number}` },
    status: number === 4_321 ? "past_due" : "active",
  });
  let read = 0;
  const stripe = {
    listBare(_kind: string, after: string | undefined) {
      read++;
      const data = [];
      for (let number = Number(after?.slice(4) ?? 10_001) - 1; number > 0 && data.length < 100; number--) {
        if (!canceled.includes(`sub_${number}`)) data.push(subscription(number));
      }
      return Promise.resolve({ data, has_more: data.at(-1)?.id !== "sub_1", cut: [], cut_field: null });
    },
    retrieveObject({ object_id }: ObjectRef) {
      read++;
      return Promise.resolve({ ...subscription(Number(object_id.slice(4))), status: "canceled" });
    },
  };
  const [claim] = await sql`select run_id from claim_reconcile('test_1')`;
  const run_id = claim!.run_id as number;
  const live = sql.json([{ kind: "subscription", scope: "live" }]);
  const array = (value: unknown) => sql.json(value as never);
  const database = {
    claimDriftPage: async () => (await sql`select * from claim_drift_page(${run_id}, ${live}, 'test_1')`)[0],
    drawTicket: async () => (await sql`select draw_ticket('test_1') as ticket`)[0]!.ticket,
    recordDriftCheck: async (ticket: number, objects: unknown) =>
      (await sql`select detect_drift(${ticket}, ${array(objects)}, '{}', 'test_1') as drifted`)[0]!.drifted,
    recordDriftPage: async (
      _: number,
      { kind, scope, ticket }: { kind: string; scope: string; ticket: number },
      { objects, oldest, cursor }: { objects: unknown; oldest: number | null; cursor: string | null },
    ) =>
      (await sql`
        select * from record_drift_page(
          ${run_id}, ${kind}, ${scope}, ${ticket}, ${array(objects)}, '{}', 'test_1', ${cursor}, ${oldest})`)[0],
  };
  await makeDriftDue(stack);
  await withoutPauses(() =>
    detectDrift(run_id, startTimeBudget(3_600, 1_000_000), { database, stripe } as unknown as DriftGateways)
  );

  assert(read <= 110, `${read} reads`);
  const statuses = await sql`select id, status from stripe_subscriptions where status <> 'active' order by id`;
  assertEquals(statuses.map(({ id, status }) => [id, status]), [
    ["sub_100", "canceled"],
    ["sub_4321", "past_due"],
    ["sub_99", "canceled"],
    ["sub_9950", "canceled"],
  ]);
});
