/** Services that are down or slow: what is answered and what still works. */
import { assert, assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { ProductPage } from "../_shared/contract/products.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer, readError } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { callReconcile, makePollDue, reconcileAll } from "./reconcile_run.ts";
import { letTimePass } from "./mirror_assertions.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";
import { whenAvailable } from "../../../scripts/testbed/when_available.ts";

const NOWHERE = "http://127.0.0.1:9";

const read = (stack: Stack, token: string, query = "") => stack.call(`stripe-products${query}`, { token });
const create = (stack: Stack, token: string) => stack.call("stripe-customer", { method: "POST", token });
const signIn = (stack: Stack, claims = {}) => stack.sign({ exp: Math.floor(Date.now() / 1000) + 3_600, ...claims });

const outcomeOf = async (response: Response) => (await readAnswer(response, 200, Receipt)).outcome;

const namesIn = async ({ sql }: Stack) =>
  (await sql`select data ->> 'name' as name from stripe_products order by id`).map(({ name }) => name);

/** A log line with this message. */
const warned = (stack: Stack, message: string) =>
  until(async () => (await stack.logs()).includes(message), `the warning "${message}"`);

Deno.test("A token while Clerk is down and its key is unknown answers 503", async () => {
  await using stack = await startStack({ CLERK_API_URL: NOWHERE });
  const token = await signIn(stack);
  for (const response of [await read(stack, token), await create(stack, token)]) {
    await readError(response, "clerk_unavailable");
  }
  await readError(await read(stack, "garbage"), "unauthenticated");
  await readError(await stack.call("stripe-products"), "unauthenticated");
});

Deno.test("A token while Clerk is down is verified with CLERK_JWT_KEY, and customers get the profile of the token", async () => {
  await using clerk = await startStack();
  await using stack = await startStack({ CLERK_API_URL: NOWHERE, CLERK_JWT_KEY: clerk.clerk_jwt_key });
  const ada = await signIn(stack);
  const grace = await signIn(stack, { sub: stack.users.grace, email: "grace@example.com", name: "Grace" });
  await readAnswer(await read(stack, ada), 200, ProductPage);
  for (const [token, email, name] of [[ada, null, null], [grace, "grace@example.com", "Grace"]] as const) {
    const { customer_id } = await readAnswer(await create(stack, token), 201, Customer);
    const customer = await stack.stripe.customers.retrieve(customer_id) as { email: unknown; name: unknown };
    assertEquals([customer.email, customer.name], [email, name]);
  }
  await warned(stack, "Clerk did not return the profile of the user");
  assertEquals((await stack.logs()).includes("grace@example.com"), false);
});

Deno.test("While Stripe is down", async (t) => {
  await using stack = await startStack();
  const ada = await signIn(stack);
  const grace = await signIn(stack, { sub: stack.users.grace });

  await t.step("an empty catalog answers 503 and is filled once Stripe is back", async () => {
    for (const kind of ["500", "drop"] as const) {
      await stack.fault({ path: "/v1/*", kind, times: 100 });
      await readError(await read(stack, ada), "stripe_unavailable");
      await stack.clearFaults();
      await stack.sql`update billing.catalog_fill set due_at = '-infinity' where singleton`;
      await stack.sql`update billing.jobs set lease_until = '-infinity' where name = 'catalog_fill'`;
    }
    await stack.stripe.products.create({ id: "prod_a", name: "A" });
    const { data } = await readAnswer(await read(stack, ada), 200, ProductPage);
    assertEquals(data.map(({ id }) => id), ["prod_a"]);
  });

  await t.step("a filled catalog is served, and a known customer is answered", async () => {
    await readAnswer(await read(stack, ada), 200, ProductPage);
    await readAnswer(await create(stack, ada), 201, Customer);
    await stack.fault({ path: "/v1/*", kind: "drop", times: 100 });
    await stack.sql`update billing.catalog_fill set due_at = '-infinity' where singleton`;
    assertEquals((await readAnswer(await read(stack, ada, "?limit=9"), 200, ProductPage)).data.length, 1);
    await warned(stack, "Filling the catalog failed");
    await readAnswer(await create(stack, ada), 200, Customer);
    await stack.clearFaults();
  });

  await t.step("a new customer answers 503 with Retry-After", async () => {
    await stack.fault({ path: "/v1/*", kind: "500", times: 100 });
    await readError(await create(stack, grace), "stripe_unavailable");
    await stack.clearFaults();
    await readError(await stack.call("stripe-customer", { token: grace }), "customer_not_found");
  });

  await t.step("events and the reconcile answer 503, and no event is lost", async () => {
    await reconcileAll(stack);
    const product = await stack.stripe.products.update("prod_a", { name: "B" });
    for (const kind of ["500", "drop"] as const) {
      await stack.fault({ path: "/v1/*", kind, times: 100 });
      await readError(await deliver(stack, makeEvent("product.updated", product)), "stripe_unavailable");
      await makePollDue(stack);
      await readError(await callReconcile(stack), "stripe_unavailable");
      await readError(await callReconcile(stack, { backfill: true }), "stripe_unavailable");
      await stack.clearFaults();
    }
    assertEquals(await namesIn(stack), ["A"]);
    await letTimePass(stack);
    assertEquals((await reconcileAll(stack)).pending, 0);
    assertEquals(await namesIn(stack), ["B"]);
  });
});

Deno.test("While the database is down", async (t) => {
  await using stack = await startStack();
  const token = await signIn(stack);
  await stack.stripe.products.create({ id: "prod_a", name: "A" });
  const page = await readAnswer(await read(stack, token), 200, ProductPage);
  const { customer_id } = await readAnswer(await create(stack, token), 201, Customer);
  await stack.stopDatabase();

  await t.step("a cached page is served", async () => {
    for (let calls = 0; calls < 3; calls++) {
      assertEquals(await readAnswer(await read(stack, token), 200, ProductPage), page);
    }
    // Until the page is older than its time to live.
    await until(async () => {
      assertEquals(await readAnswer(await read(stack, token), 200, ProductPage), page);
      return (await stack.logs()).includes("Serving an older value");
    }, "the end of its time to live");
    assertEquals(await readAnswer(await read(stack, token), 200, ProductPage), page);
  });

  await t.step("a page that is not cached answers 503", async () => {
    await readError(await read(stack, token, "?limit=3"), "database_unavailable");
    await readError(await stack.call("stripe-prices", { token }), "database_unavailable");
  });

  await t.step("a customer, known or new, answers 503, and none is created", async () => {
    await stack.clearFaults();
    const before = await stack.stripeRequests();
    await readError(await create(stack, token), "database_unavailable");
    await readError(await stack.call("stripe-customer", { token }), "database_unavailable");
    await readError(await create(stack, await signIn(stack, { sub: stack.users.grace })), "database_unavailable");
    assertEquals(await stack.stripeRequests(), before);
  });

  const renamed = await stack.stripe.products.update("prod_a", { name: "B" });
  const event = makeEvent("product.updated", renamed);
  await t.step(
    "events and the reconcile answer 503 without a request to Stripe",
    async () => {
      await stack.forgetStripeRequests();
      await readError(await deliver(stack, event), "database_unavailable");
      for (const body of [{}, { wait: true }, { backfill: true }]) {
        await readError(await callReconcile(stack, body), "database_unavailable");
      }
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await stack.startDatabase();
  await t.step("after the outage everything works without a restart", async () => {
    const known = await readAnswer(await whenAvailable(() => create(stack, token)), 200, Customer);
    assertEquals(known.customer_id, customer_id);
    await readAnswer(await whenAvailable(() => read(stack, token, "?limit=3")), 200, ProductPage);
  });

  await t.step("after the outage the reconcile finds the unrecorded event in Stripe's list", async () => {
    assertEquals((await reconcileAll(stack)).pending, 0);
    assertEquals(await namesIn(stack), ["B"]);
    assertEquals(await outcomeOf(await whenAvailable(() => deliver(stack, event))), "processed");
  });
});

Deno.test("Slow services are answered within our own time limits", async (t) => {
  // The steps wait on separate stacks, so they run concurrently.
  const step = (name: string, env: Record<string, string>, fn: (stack: Stack, token: string) => Promise<void>) =>
    t.step({
      name,
      sanitizeOps: false,
      sanitizeResources: false,
      sanitizeExit: false,
      async fn() {
        await using stack = await startStack(env);
        await fn(stack, await signIn(stack));
      },
    });

  await Promise.all([
    step(
      "an empty catalog with a slow Stripe answers 503 to every call",
      {},
      async (stack, token) => {
        await stack.fault({ path: "/v1/products", latency_ms: 60_000, times: 100 });
        const responses = await Promise.all(["", "?limit=3", ""].map((query) => read(stack, token, query)));
        for (const response of responses) await readError(response, "catalog_filling");
      },
    ),
    step("a first fill by another process that does not end answers 503", {}, async (stack, token) => {
      await stack
        .sql`insert into billing.jobs (name, run_id, lease_until) values ('catalog_fill', 0, now() + interval '1 hour')`;
      await readError(await read(stack, token), "catalog_filling");
      assertEquals(await stack.stripeRequests(), ["GET /v1/account"]); // of a key that is new
    }),
    step("a creation by another process that does not end answers customer_busy", {}, async (stack, token) => {
      await stack.sql`
        insert into stripe_customer_mapping (clerk_user_id, claimed_at, lease_until)
        values (${stack.users.ada!}, now(), now() + interval '30 seconds')`;
      const response = await create(stack, token);
      await readError(response, "customer_busy");
      assert(Number(response.headers.get("retry-after")) <= 30);
      assertEquals(await stack.stripeRequests(), ["GET /v1/account"]); // of a key that is new
    }),
    step("an event with a slow Stripe answers 503 and is not lost", {}, async (stack) => {
      const product = await stack.stripe.products.create({ id: "prod_a", name: "A" });
      await stack.fault({ path: "/v1/products/prod_a", latency_ms: 60_000, times: 100 });
      await readError(await deliver(stack, makeEvent("product.created", product)), "stripe_unavailable");
      await stack.clearFaults();
      await letTimePass(stack);
      assertEquals((await reconcileAll(stack)).pending, 0);
      assertEquals(await namesIn(stack), ["A"]);
    }),
    step("a reconcile run with a slow Stripe answers 503, and the next run succeeds", {}, async (stack) => {
      await reconcileAll(stack);
      await stack.fault({ path: "/v1/events", latency_ms: 60_000, times: 100 });
      await makePollDue(stack);
      await readError(await callReconcile(stack), "stripe_unavailable");
      await stack.clearFaults();
      assertEquals((await reconcileAll(stack)).state, "done");
    }),
    step("a new customer with a slow Stripe answers 503", {}, async (stack, token) => {
      await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 60_000, times: 100 });
      await readError(await create(stack, token), "stripe_unavailable");
    }),
  ]);
});
