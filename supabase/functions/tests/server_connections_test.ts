/** Functions with DATABASE_URL and without Supabase: what is configured, and connections that are cut. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { Health } from "../_shared/contract/health.ts";
import { ProductPage } from "../_shared/contract/products.ts";
import { readAnswer, readError } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { letTimePass } from "./mirror_assertions.ts";
import { reconcileAll } from "./reconcile_run.ts";
import { type Stack, startStack } from "./stack.ts";

const WITHOUT_SUPABASE = { SUPABASE_PUBLISHABLE_KEYS: null };
const DRIVER = { transport: "driver" } as const;

/** Users and products of the load, in each of at most these rounds. */
const SUBJECTS = 40;
const ROUNDS = 10;
/** Milliseconds between two cuts. */
const PAUSE = 100;

const signIn = (stack: Stack, sub = stack.users.ada) => stack.sign({ sub, exp: Math.floor(Date.now() / 1000) + 3_600 });

Deno.test("Without any variable of Supabase the functions are configured and answer", async () => {
  await using stack = await startStack(WITHOUT_SUPABASE, DRIVER);
  await stack.stripe.products.create({ id: "prod_a", name: "A" });
  const { configured } = await readAnswer(await stack.call("health"), 200, Health);
  assertEquals(Object.values(configured).every(Boolean), true);
  const { data } = await readAnswer(
    await stack.call("stripe-products", { token: await signIn(stack) }),
    200,
    ProductPage,
  );
  assertEquals(data.map(({ id }) => id), ["prod_a"]);
  const [connection] = await stack.sql`
    select pid from pg_stat_activity where usename = 'billing_server' and datname = current_database()`;
  assert(connection !== undefined);
});

Deno.test("A server that cannot be verified is refused, and SUPABASE_DB_URL is not used instead", async () => {
  const secret = "p4ssw0rd";
  await using stack = await startStack({
    ...WITHOUT_SUPABASE,
    DATABASE_URL: `postgres://billing_server:${secret}@db.example.com/postgres?sslmode=require`,
    SUPABASE_DB_URL: "postgres://postgres:postgres@127.0.0.1:1/postgres",
  }, DRIVER);
  const { configured } = await readAnswer(await stack.call("health"), 200, Health);
  assertEquals(configured.database, false);
  await readError(await stack.call("stripe-customer", { token: await signIn(stack) }), "not_configured");
  const logs = await stack.logs();
  assert(logs.includes("DATABASE_URL must have sslmode=verify-full"));
  assert(!logs.includes(secret));
});

Deno.test("A login that the database refuses answers not_configured", async () => {
  await using first = await startStack({}, DRIVER);
  const url = new URL(first.server_url);
  url.password = "wrong";
  await using stack = await startStack({ ...WITHOUT_SUPABASE, DATABASE_URL: url.href }, DRIVER);
  await readError(await stack.call("stripe-customer", { token: await signIn(stack) }), "not_configured");
  assert((await stack.logs()).includes("28P01"));
});

Deno.test("Connections that are cut under load cost 503s: no process ends, and nothing is lost or double", async () => {
  await using stack = await startStack(WITHOUT_SUPABASE, DRIVER);
  await reconcileAll(stack);
  const functions = ["stripe-customer", "stripe-webhook"];
  const pids = await Promise.all(functions.map(stack.pid));
  const counts = { calls: 0, unavailable: 0, cuts: 0 };
  let isLoaded = true;

  async function cutConnections() {
    while (isLoaded) {
      const { length } = await stack.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'billing_server' and datname = current_database()`;
      counts.cuts += length;
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** Calls until the call succeeds, as a frontend and as Stripe do. */
  async function insist(call: () => Promise<Response>): Promise<Response> {
    for (;;) {
      counts.calls++;
      const response = await call();
      if (response.ok) return response;
      const { error } = await response.json();
      // A claim whose answer was lost keeps its lease for a while.
      assert(["database_unavailable", "customer_busy", "event_busy"].includes(error.code), JSON.stringify(error));
      if (error.code === "database_unavailable") counts.unavailable++;
      if (error.code === "customer_busy") {
        await stack.sql`
          update stripe_customer_mapping set lease_until = now() - interval '1 second'
          where lease_until is not null and stripe_customer_id is null`;
      }
      if (error.code === "event_busy") await letTimePass(stack);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async function buy(n: number) {
    const token = await signIn(stack, `user_cut${n}`);
    const ask = () => stack.call("stripe-customer", { method: "POST", token });
    const answers = await Promise.all([insist(ask), insist(ask)]);
    const ids = await Promise.all(answers.map(async (answer) => Customer.parse(await answer.json()).customer_id));
    assertEquals(new Set(ids).size, 1);
  }

  async function change(n: number) {
    const product = await stack.stripe.products.create({ id: `prod_cut${n}`, name: `Product ${n}` });
    const event = makeEvent("product.created", product);
    await (await insist(() => deliver(stack, event))).body?.cancel();
  }

  const cutting = cutConnections();
  let subjects = 0;
  try {
    // Calls are short: all cuts may meet connections that are idle.
    for (let rounds = 0; rounds < ROUNDS && counts.unavailable === 0; rounds++) {
      await Promise.all(Array.from({ length: SUBJECTS }, async () => {
        const n = subjects++;
        await buy(n);
        await change(n);
      }));
    }
  } finally {
    isLoaded = false;
  }
  await cutting;

  assertEquals(await Promise.all(functions.map(stack.pid)), pids);
  await letTimePass(stack);
  assertEquals((await reconcileAll(stack)).pending, 0);
  const customers = await stack.stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 1_000 });
  const mapped = await stack
    .sql`select stripe_customer_id as id from stripe_customer_mapping where owner_id like 'user_cut%'`;
  assertEquals(mapped.map(({ id }) => id).sort(), customers.map(({ id }) => id).sort());
  assertEquals(mapped.length, subjects);
  const [mirrored] = await stack.sql`select count(*)::integer from stripe_products where id like 'prod_cut%'`;
  assertEquals(mirrored?.count, subjects);
  console.log(
    `${counts.cuts} connections cut, ${counts.calls} calls, ${counts.unavailable} of them answered 503: ` +
      `${customers.length} customers, ${mirrored?.count} products`,
  );
  assert(counts.unavailable > 0);
});
