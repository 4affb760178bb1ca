/** Objects older than the installation are mirrored by the backfill, also when its process is killed. */
import { assert, assertEquals } from "@std/assert";
import type { Backfilled } from "../_shared/contract/reconcile.ts";
import type { MirroredKind } from "../_shared/contract/mirrored_kinds.ts";
import type { ObjectRef } from "../_shared/contract/stripe_events.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { forEach } from "../../../scripts/testbed/for_each.ts";
import { assertMirrored, entitlements, reconcileAfterFaults } from "./mirror_assertions.ts";
import { callReconcile, runBackfill } from "./reconcile_run.ts";
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
/** After how many reads, the account's included, the function is killed: in its first batch, in its second, and so on. */
const KILLED_AFTER = [1, 4, 2, 6, 3, 5];
const MAX_RUNS = 200;

/** Runs `work` for each number below `count`. */
const times = (count: number, work: (n: number) => Promise<unknown>) => forEach(Array(count).keys(), CONCURRENCY, work);

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
  const { data: subscriptions } = await lists.subscription;
  const sold = new Set(subscriptions.map(({ items }) => items.data[0]!.price.product as string));
  found.push(...[...sold].map((object_id) => ({ object: "product_features", object_id }) as const));
  const subscribers = subscriptions.map(({ customer }) => customer as string);
  return [...found, ...subscribers.map((object_id) => ({ object: entitlements, object_id }) as const)];
}

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

/** Runs a batch of which some reads are answered, and kills the function while it waits for others. */
async function killAfter(stack: Stack, reads: number, path = "/v1/*", when?: () => Promise<boolean>): Promise<void> {
  const before = (await stack.stripeRequests()).length;
  await stack.fault({ method: "GET", path, times: reads, latency_ms: 1 });
  await stack.fault({ method: "GET", path: "/v1/*", times: 1_000, latency_ms: 60_000 });
  const lost = callReconcile(stack, { backfill: true }).then((response) => response.body?.cancel(), () => {});
  await until(when ?? (async () => (await stack.stripeRequests()).length > before + reads), `${reads} reads`);
  await stack.kill("stripe-reconcile");
  await lost;
  await stack.clearFaults();
  assertEquals((await runBackfill(stack)).state, "busy"); // its lease has not expired
  await stack.sql`update billing.jobs set lease_until = '-infinity' where name = 'backfill'`;
}

/** The pages of products that the killed run had listed and not recorded. */
async function lostPages(stack: Stack, pages: number): Promise<number> {
  const [row] = await stack.sql`
    select count(*)::int as recorded from stripe_products where ticket = (select run_id from billing.jobs where name = 'backfill')`;
  return pages - Math.ceil(row!.recorded / 100);
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

  await t.step("kills repeat only the pages that were being read", async () => {
    let lost = 0;
    let products = 0;
    for (const reads of KILLED_AFTER) {
      await stack.forgetStripeRequests();
      await killAfter(stack, reads);
      products += await listed(stack, "/v1/products");
      lost += await lostPages(stack, await listed(stack, "/v1/products"));
    }
    await stack.forgetStripeRequests();
    const { state, counts } = await finish(stack);
    products += await listed(stack, "/v1/products");
    assertEquals(state, "done");
    const fewest = Math.ceil((PRODUCTS + 2) / 100);
    assert(products <= 2 * fewest + lost, `${products} lists, ${fewest} pages, ${lost} lost`);
    assertEquals(counts, {
      customer: USERS + OTHERS,
      product: PRODUCTS + 2,
      price: 2,
      subscription: USERS,
      invoice: (await listAll(stack)).filter(({ object }) => object === "invoice").length,
      payment_intent: 0,
      "checkout.session": 0,
      product_features: 2,
      [entitlements]: USERS,
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

  await t.step("a restarted backfill has what was created and deleted meanwhile, its own cursor too", async () => {
    await sql`delete from stripe_products`;
    await sql`update billing.backfill set started_at = null, completed_at = null`;
    const cursorOf = async () => {
      const [range] = await sql`
        select page_cursor from billing.backfill_ranges where kind = 'product' and not completed and page_cursor is not null`;
      return range?.page_cursor as string | undefined;
    };
    await killAfter(stack, 1, "/v1/products", async () => await cursorOf() !== undefined);
    const cursor = (await cursorOf())!;
    const gone = await stripe.products.del(cursor);
    const made = await stripe.products.create({ name: "Made during the backfill" });
    // By Stripe's clock their events are in the next month, so no reconcile finds them yet.
    await readAnswer(await deliver(stack, makeEvent("product.deleted", gone)), 200, Receipt);
    await readAnswer(await deliver(stack, makeEvent("product.created", made)), 200, Receipt);
    assertEquals((await finish(stack)).state, "done");
    await assertMirrored(stack, [...await listAll(stack), { object: "product", object_id: cursor }]);
  });
});
