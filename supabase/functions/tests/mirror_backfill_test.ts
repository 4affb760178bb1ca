/** Trap 12: what is older than the install is found by the backfill, wherever it is broken off. */
import { assert, assertEquals } from "@std/assert";
import { Backfilled } from "../_shared/contract/reconcile.ts";
import type { MirroredKind } from "../_shared/contract/mirrored_kinds.ts";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { assertMirrored, entitlements, reconcileLater } from "./mirror_state.ts";
import { callReconcile } from "./reconcile_run.ts";
import { openShop } from "./shop.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const PRODUCTS = Number(Deno.env.get("PROOF_PRODUCTS") ?? 1_500);
/** Some of them users', some nobody's. */
const USERS = 12;
const STRANGERS = 3;
const DAY = 24 * 60 * 60;
/** Makers who work at once. */
const HANDS = 8;
/** Lists that are under way when the function is killed. */
const KILLED_AT = [
  "/v1/customers",
  "/v1/products",
  "/v1/products",
  "/v1/prices",
  "/v1/subscriptions",
  "/v1/invoices",
  "/v1/entitlements/active_entitlements",
];
const MOST_STRETCHES = 200;

/** Runs `work` for each number below `count`, several at once. */
async function times(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: HANDS }, async () => {
    while (next < count) await work(next++);
  }));
}

async function furnish(stack: Stack): Promise<void> {
  const { stripe } = stack;
  const shop = await openShop(stack);
  await times(PRODUCTS, (n) => stripe.products.create({ name: `Product ${n}` }));
  await times(USERS, async (n) => {
    const response = await stack.call("stripe-customer", {
      method: "POST",
      token: await stack.sign({ sub: `user_${n}` }),
    });
    const { customer_id: customer } = await response.json();
    const items = [{ price: shop.prices[n % 2]! }];
    await stripe.subscriptions.create({ customer, items, collection_method: "send_invoice", days_until_due: 7 });
  });
  await times(STRANGERS, (n) => stripe.customers.create({ name: `Stranger ${n}` }));
}

/** All that Stripe has, kind by kind. */
async function everything({ stripe }: Stack): Promise<ObjectRef[]> {
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

const budget = async (stack: Stack, backfill: true | "restart" = true) =>
  await readAnswer(await callReconcile(stack, { backfill }), 200, Backfilled);

/** Calls until it is done. */
async function finish(stack: Stack): Promise<Backfilled> {
  for (let n = 0; n < MOST_STRETCHES; n++) {
    const backfilled = await budget(stack);
    if (backfilled.state !== "more") return backfilled;
  }
  throw new Error("The backfill goes on for ever");
}

const listed = async (stack: Stack, path: string) =>
  (await stack.stripeRequests()).filter((request) => request === `GET ${path}`).length;

/** Kills the function while it lists a page there, and takes its lease for over. */
async function breakOff(stack: Stack, path: string): Promise<void> {
  const before = await listed(stack, path);
  // Two pages first, where there are as many.
  await stack.fault({ method: "GET", path, times: path === "/v1/products" ? 2 : 1, latency_ms: 1 });
  await stack.fault({ method: "GET", path, latency_ms: 60_000 });
  const lost = callReconcile(stack, { backfill: true }).then((response) => response.body?.cancel(), () => {});
  const pages = path === "/v1/products" ? 3 : 1;
  await until(async () => await listed(stack, path) >= before + pages, `page ${pages} of ${path}`);
  await stack.kill("stripe-reconcile");
  await lost;
  await stack.clearFaults();
  assertEquals((await budget(stack)).state, "busy"); // nobody knows that it is dead
  await stack.sql`update billing.jobs set lease_until = '-infinity' where name = 'backfill'`;
}

async function mappings({ sql }: Stack): Promise<Record<string, string>> {
  const rows = await sql`select clerk_user_id, stripe_customer_id from stripe_customer_mapping order by 1`;
  return Object.fromEntries(rows.map((row) => [row.clerk_user_id, row.stripe_customer_id]));
}

Deno.test(`trap 12: ${PRODUCTS} products and all that was sold before the install, broken off and gone on with`, async (t) => {
  await using stack = await startStack();
  const { sql, stripe } = stack;
  await furnish(stack);
  const known = await mappings(stack);
  assertEquals(Object.keys(known).length, USERS);
  await stack.advanceClock(31 * DAY); // no event tells of it any more
  await sql`delete from stripe_customer_mapping`;
  await sql`delete from stripe_customers`;

  await t.step("the reconcile finds nothing, and says that a backfill is due", async () => {
    const { processed, backfill_due } = await reconcileLater(stack);
    assertEquals([processed, backfill_due], [0, true]);
  });

  await t.step("a function that is killed while it lists loses no more than that page", async () => {
    await stack.forgetStripeRequests();
    for (const path of KILLED_AT) await breakOff(stack, path);
    const { state, counts } = await finish(stack);
    assertEquals(state, "done");
    const pages = Math.ceil((PRODUCTS + 2) / 100);
    const kills = KILLED_AT.filter((path) => path === "/v1/products").length;
    assertEquals(await listed(stack, "/v1/products"), pages + kills);
    const { customer, product, price, subscription, invoice } = counts;
    assertEquals({ customer, product, price, subscription, invoice }, {
      customer: USERS + STRANGERS,
      product: PRODUCTS + 2,
      price: 2,
      subscription: USERS,
      invoice: (await everything(stack)).filter(({ object }) => object === "invoice").length,
    });
  });

  await t.step("then the mirror has all of it, and nobody waits for a backfill", async () => {
    await assertMirrored(stack, await everything(stack));
    assertEquals((await reconcileLater(stack)).backfill_due, false);
  });

  await t.step("every user has his customer again, and no stranger a user", async () => {
    assertEquals(await mappings(stack), known);
    const token = await stack.sign({ sub: "user_1" });
    const response = await stack.call("stripe-customer", { method: "POST", token });
    assertEquals([response.status, (await response.json()).customer_id], [200, known.user_1]);
  });

  await t.step("begun anew it goes on, too, when the last product that it saw is deleted meanwhile", async () => {
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
    // Its event is of next month by Stripe's clock, so no reconcile finds it yet.
    await readAnswer(await deliver(stack, makeEvent("product.deleted", gone)), 200, Receipt);
    await sql`update billing.jobs set lease_until = '-infinity' where name = 'backfill'`;
    assertEquals((await finish(stack)).state, "done");
    await assertMirrored(stack, [...await everything(stack), { object: "product", object_id: cursor }]);
  });
});
