/** Objects older than the installation are mirrored by the backfill, also when its process is killed. */
import { assert, assertEquals } from "@std/assert";
import { Backfilled } from "../_shared/contract/reconcile.ts";
import type { MirroredKind } from "../_shared/contract/mirrored_kinds.ts";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { assertMirrored, entitlements, reconcileAfterFaults } from "./mirror_assertions.ts";
import { callReconcile } from "./reconcile_run.ts";
import { createTestCatalog } from "./test_catalog.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const PRODUCTS = Number(Deno.env.get("PROOF_PRODUCTS") ?? 1_500);
/** Customers of users, and customers without a user. */
const USERS = 12;
const OTHERS = 3;
const DAY = 24 * 60 * 60;
/** Concurrent creations. */
const CONCURRENCY = 8;
/** The lists during which the function is killed. */
const KILLED_AT = [
  "/v1/customers",
  "/v1/products",
  "/v1/products",
  "/v1/prices",
  "/v1/subscriptions",
  "/v1/invoices",
  "/v1/entitlements/active_entitlements",
];
const MAX_RUNS = 200;

/** Runs `work` for each number below `count`, with bounded concurrency. */
async function times(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: CONCURRENCY }, async () => {
    while (next < count) await work(next++);
  }));
}

async function seedStripe(stack: Stack): Promise<void> {
  const { stripe } = stack;
  const catalog = await createTestCatalog(stack);
  await times(PRODUCTS, (n) => stripe.products.create({ name: `Product ${n}` }));
  await times(USERS, async (n) => {
    const response = await stack.call("stripe-customer", {
      method: "POST",
      token: await stack.sign({ sub: `user_${n}` }),
    });
    const { customer_id: customer } = await response.json();
    const items = [{ price: catalog.prices[n % 2]! }];
    await stripe.subscriptions.create({ customer, items, collection_method: "send_invoice", days_until_due: 7 });
  });
  await times(OTHERS, (n) => stripe.customers.create({ name: `Other ${n}` }));
}

/** Every object at Stripe. */
async function listAll({ stripe }: Stack): Promise<ObjectRef[]> {
  const lists = {
    customer: stripe.customers.list({ limit: 100 }),
    product: stripe.products.list({ limit: 100 }),
    price: stripe.prices.list({ limit: 100 }),
    subscription: stripe.subscriptions.list({ limit: 100, status: "all" }),
    invoice: stripe.invoices.list({ limit: 100 }),
  };
  const found: ObjectRef[] = [];
  for (const [object, list] of Object.entries(lists) as [MirroredKind, AsyncIterable<{ id: string }>][]) {
    for await (const { id } of list) found.push({ object, object_id: id });
  }
  const customers = found.filter(({ object }) => object === "customer");
  return [...found, ...customers.map(({ object_id }) => ({ object: entitlements, object_id }) as const)];
}

const runBackfill = async (stack: Stack, backfill: true | "restart" = true) =>
  await readAnswer(await callReconcile(stack, { backfill }), 200, Backfilled);

/** Calls until the backfill is done. */
async function finish(stack: Stack): Promise<Backfilled> {
  for (let n = 0; n < MAX_RUNS; n++) {
    const backfilled = await runBackfill(stack);
    if (backfilled.state !== "more") return backfilled;
  }
  throw new Error("The backfill does not end");
}

const listed = async (stack: Stack, path: string) =>
  (await stack.stripeRequests()).filter((request) => request === `GET ${path}`).length;

/** Kills the function while it lists a page, and ends its lease. */
async function killDuring(stack: Stack, path: string): Promise<void> {
  const before = await listed(stack, path);
  // Products have several pages: the third is interrupted.
  await stack.fault({ method: "GET", path, times: path === "/v1/products" ? 2 : 1, latency_ms: 1 });
  await stack.fault({ method: "GET", path, latency_ms: 60_000 });
  const lost = callReconcile(stack, { backfill: true }).then((response) => response.body?.cancel(), () => {});
  const pages = path === "/v1/products" ? 3 : 1;
  await until(async () => await listed(stack, path) >= before + pages, `page ${pages} of ${path}`);
  await stack.kill("stripe-reconcile");
  await lost;
  await stack.clearFaults();
  assertEquals((await runBackfill(stack)).state, "busy"); // its lease has not expired
  await stack.sql`update billing.jobs set lease_until = '-infinity' where name = 'backfill'`;
}

async function mappings({ sql }: Stack): Promise<Record<string, string>> {
  const rows = await sql`select clerk_user_id, stripe_customer_id from stripe_customer_mapping order by 1`;
  return Object.fromEntries(rows.map((row) => [row.clerk_user_id, row.stripe_customer_id]));
}

Deno.test(`The backfill, killed during each list, mirrors ${PRODUCTS} products and everything sold before the installation`, async (t) => {
  await using stack = await startStack();
  const { sql, stripe } = stack;
  await seedStripe(stack);
  const known = await mappings(stack);
  assertEquals(Object.keys(known).length, USERS);
  await stack.advanceClock(31 * DAY); // Stripe has no event of it any more
  await sql`delete from stripe_customer_mapping`;
  await sql`delete from stripe_customers`;

  await t.step("the reconcile processes nothing and reports that a backfill is due", async () => {
    const { processed, backfill_due } = await reconcileAfterFaults(stack);
    assertEquals([processed, backfill_due], [0, true]);
  });

  await t.step("a kill during a list repeats only that page", async () => {
    await stack.forgetStripeRequests();
    for (const path of KILLED_AT) await killDuring(stack, path);
    const { state, counts } = await finish(stack);
    assertEquals(state, "done");
    const pages = Math.ceil((PRODUCTS + 2) / 100);
    const kills = KILLED_AT.filter((path) => path === "/v1/products").length;
    assertEquals(await listed(stack, "/v1/products"), pages + kills);
    const { customer, product, price, subscription, invoice } = counts;
    assertEquals({ customer, product, price, subscription, invoice }, {
      customer: USERS + OTHERS,
      product: PRODUCTS + 2,
      price: 2,
      subscription: USERS,
      invoice: (await listAll(stack)).filter(({ object }) => object === "invoice").length,
    });
  });

  await t.step("the mirror has every object, and no backfill is due", async () => {
    await assertMirrored(stack, await listAll(stack));
    assertEquals((await reconcileAfterFaults(stack)).backfill_due, false);
  });

  await t.step("every user has the same customer as before, and other customers have no user", async () => {
    assertEquals(await mappings(stack), known);
    const token = await stack.sign({ sub: "user_1" });
    const response = await stack.call("stripe-customer", { method: "POST", token });
    assertEquals([response.status, (await response.json()).customer_id], [200, known.user_1]);
  });

  await t.step("a restarted backfill continues when the product of its cursor is deleted", async () => {
    await sql`delete from stripe_products`;
    await stack.fault({ method: "GET", path: "/v1/products", times: 2, latency_ms: 1 });
    await stack.fault({ method: "GET", path: "/v1/products", latency_ms: 60_000 });
    await stack.forgetStripeRequests();
    const lost = callReconcile(stack, { backfill: "restart" }).then((response) => response.body?.cancel(), () => {});
    await until(async () => await listed(stack, "/v1/products") === 3);
    await stack.kill("stripe-reconcile");
    await lost;
    await stack.clearFaults();
    const [{ cursor }] = await sql`select cursor from billing.jobs where name = 'backfill'` as unknown as [
      { cursor: string },
    ];
    assert(cursor.startsWith("prod_"), cursor);
    const gone = await stripe.products.del(cursor);
    // By Stripe's clock its event is in the next month, so no reconcile finds it yet.
    await readAnswer(await deliver(stack, makeEvent("product.deleted", gone)), 200, Receipt);
    await sql`update billing.jobs set lease_until = '-infinity' where name = 'backfill'`;
    assertEquals((await finish(stack)).state, "done");
    await assertMirrored(stack, [...await listAll(stack), { object: "product", object_id: cursor }]);
  });
});
