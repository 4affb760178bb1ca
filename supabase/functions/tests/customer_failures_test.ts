/** Exactly one customer per user when requests and processes fail. */
import { assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import { readError } from "./answers.ts";
import { type CustomerStack, isCreation, startCustomerStack } from "./customer_stack.ts";
import { unavailable } from "./fault_proxy.ts";
import { until } from "./until.ts";

/** The generations in the idempotency keys of the creations since the request log was cleared. */
const generationsOf = async (stack: CustomerStack) =>
  (await stack.stripeLog()).filter(isCreation).map(({ idempotency_key }) => Number(idempotency_key?.split(":").at(-1)));

Deno.test("stripe-customer after failures creates one customer per user", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newUserWithEmail, fail, create } = stack;
  /** Injects a fault into the next creation at Stripe. */
  const fault = (kind: "429" | "500" | "500_after" | "drop" | "drop_after", retry_after?: number) =>
    stack.fault({ method: "POST", path: "/v1/customers", kind, ...retry_after && { retry_after } });

  for (
    const [what, kind] of [
      ["a 500 after the effect", "500_after"],
      ["a connection dropped after the effect", "drop_after"],
    ] as const
  ) {
    await t.step(`${what} leads to the created customer a minute later`, async () => {
      const user = await newUserWithEmail();
      await fault(kind);
      await fail(user);
      const [made] = await stack.customersAtStripe(user);
      assertNotEquals((await stack.mapping(user)).failed_at, null);

      await stack.passMinute(user);
      await stack.forgetStripeRequests();
      assertEquals(await create(user), made?.id);
      await stack.assertOnlyCustomer(user, made!.id);
      assertEquals(await generationsOf(stack), []);
      assertEquals((await stack.stripeRequests()).some((request) => request.includes("search")), false);
    });
  }

  for (
    const [what, kind] of [
      ["a 500 without effect, which Stripe replays,", "500"],
      ["a connection dropped before the effect", "drop"],
    ] as const
  ) {
    await t.step(`${what} leads to a customer of the next generation a minute later`, async () => {
      const user = await newUserWithEmail();
      await fault(kind);
      await fail(user);
      assertEquals(await stack.customersAtStripe(user), []);

      await stack.passMinute(user);
      await stack.forgetStripeRequests();
      await stack.assertOnlyCustomer(user, await create(user));
      assertEquals(await generationsOf(stack), [2]);
    });
  }

  await t.step(
    "calls within a minute after a failure answer customer_busy without a request to Stripe",
    async () => {
      const user = await newUserWithEmail();
      await fault("500_after");
      await fail(user);
      await stack.endLease(user);
      await stack.forgetStripeRequests();
      const responses = await Promise.all([1, 2, 3].map(() => stack.ask(user)));
      for (const response of responses) {
        await readError(response, "customer_busy");
        assertGreater(Number(response.headers.get("retry-after")), 30);
      }
      assertEquals(await stack.stripeRequests(), []);
    },
  );

  await t.step("fifty concurrent calls a minute after a failure adopt the created customer", async () => {
    const user = await newUserWithEmail();
    await fault("500_after");
    await fail(user);
    await stack.passMinute(user);
    const statuses = await Promise.all(Array.from({ length: 50 }, async () => {
      const response = await stack.ask(user);
      await response.body?.cancel();
      return response.status;
    }));
    assertEquals(statuses.filter((status) => status === 201).length, 1);
    assertEquals(statuses.filter((status) => status === 200).length, 49);
    const [made, ...others] = await stack.customersAtStripe(user);
    assertEquals(others, []);
    await stack.assertOnlyCustomer(user, made!.id);
  });

  await t.step("a rate limit answers its Retry-After, and the same generation creates after the lease", async () => {
    const user = await newUserWithEmail();
    await fault("429", 7);
    const response = await stack.ask(user);
    await readError(response, "stripe_unavailable");
    assertEquals(response.headers.get("retry-after"), "7");
    assertEquals((await stack.mapping(user)).failed_at, null);

    await stack.endLease(user);
    await stack.forgetStripeRequests();
    await stack.assertOnlyCustomer(user, await create(user));
    assertEquals(await generationsOf(stack), [1]);
  });

  await t.step("a crash between creation and completion leads to the customer that Stripe replays", async () => {
    const user = await newUserWithEmail();
    stack.database.next("/complete_customer", { before: unavailable });
    await readError(await stack.ask(user), "database_unavailable");
    const [made] = await stack.customersAtStripe(user);
    assertEquals((await stack.mapping(user)).failed_at, null);

    await stack.endLease(user);
    await stack.forgetStripeRequests();
    assertEquals(await create(user), made?.id);
    assertEquals(await stack.stripeRequests(), ["POST /v1/customers", `GET /v1/customers/${made!.id}`]);
    await stack.assertOnlyCustomer(user, made!.id);
  });

  await t.step("a completion with a lost answer is complete", async () => {
    const user = await newUserWithEmail();
    stack.database.next("/complete_customer", { after: unavailable });
    await readError(await stack.ask(user), "database_unavailable");
    await stack.assertOnlyCustomer(user, await stack.find(user));
  });

  await t.step("a claim with a lost answer delays the user by one lease", async () => {
    const user = await newUserWithEmail();
    stack.database.next("/claim_customer", { after: unavailable });
    await readError(await stack.ask(user), "database_unavailable");
    await stack.endLease(user);
    await stack.assertOnlyCustomer(user, await create(user));
  });

  await t.step("a failure that could not be recorded is recorded when Stripe replays it", async () => {
    const user = await newUserWithEmail();
    await fault("500_after");
    stack.database.next("/fail_customer", { before: unavailable });
    await fail(user);
    assertEquals((await stack.mapping(user)).failed_at, null);

    await stack.endLease(user);
    await fail(user);
    assertNotEquals((await stack.mapping(user)).failed_at, null);
    await stack.passMinute(user);
    const [made] = await stack.customersAtStripe(user);
    assertEquals(await create(user), made?.id);
    await stack.assertOnlyCustomer(user, made!.id);
  });

  await t.step("a process killed during the creation leaves one customer", async () => {
    const user = await newUserWithEmail();
    await stack.forgetStripeRequests();
    await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 700 });
    const lost = stack.ask(user);
    await until(async () => (await stack.stripeLog()).some(isCreation));
    await stack.kill("stripe-customer");
    assertEquals(await lost.then(async (response) => (await response.body?.cancel(), response.status)), 502);

    await until(async () => (await stack.customersAtStripe(user)).length > 0);
    await stack.endLease(user);
    await stack.assertOnlyCustomer(user, await create(user));
  });

  await t.step(
    "a claim of over an hour ago is looked up, because Stripe may have removed its key",
    async () => {
      const user = await newUserWithEmail();
      stack.database.next("/complete_customer", { before: unavailable });
      await readError(await stack.ask(user), "database_unavailable");
      const [made] = await stack.customersAtStripe(user);

      await stack.forgetIdempotencyKeys();
      await stack.passHour(user);
      await stack.forgetStripeRequests();
      assertEquals(await create(user), made?.id);
      await stack.assertOnlyCustomer(user, made!.id);
      assertEquals(await generationsOf(stack), []);
    },
  );

  await t.step("a claim of over an hour ago without a customer begins the next generation", async () => {
    const user = await newUserWithEmail();
    stack.database.next("/claim_customer", { after: unavailable });
    await readError(await stack.ask(user), "database_unavailable");
    await stack.passHour(user);
    await stack.forgetStripeRequests();
    await stack.assertOnlyCustomer(user, await create(user));
    assertEquals(await generationsOf(stack), [2]);
  });

  await t.step(
    "a name that changes between two calls of one generation leads to the same customer at once",
    async () => {
      const user = await newUserWithEmail();
      stack.database.next("/complete_customer", { before: unavailable });
      await readError(await stack.ask(user), "database_unavailable");
      const [made] = await stack.customersAtStripe(user);

      await stack.clerk("PATCH", `/v1/users/${user}`, { first_name: "Renamed" });
      await stack.endLease(user);
      await stack.forgetStripeRequests();
      assertEquals(await create(user), made?.id);
      await stack.assertOnlyCustomer(user, made!.id);
      assertEquals((await stack.stripeLog()).filter(({ status }) => status !== 200), []);
    },
  );

  await t.step(
    "an outage of Clerk between two calls of one generation leads to the same customer at once",
    async () => {
      const user = await newUserWithEmail();
      stack.clerkProxy.next(user, { before: unavailable });
      stack.database.next("/complete_customer", { before: unavailable });
      await readError(await stack.ask(user), "database_unavailable");
      await stack.endLease(user);
      const id = await create(user);
      await stack.assertOnlyCustomer(user, id);
      assertEquals((await stack.customersAtStripe(user))[0]?.name, "New");
    },
  );

  await t.step(
    "a customer that Stripe's search does not show yet is found",
    async () => {
      const user = await newUserWithEmail();
      await fault("drop_after");
      await fail(user);
      const query = `metadata["clerk_user_id"]:"${user}"`;
      assertEquals((await stack.stripe.customers.search({ query })).data, []);
      await stack.passMinute(user);
      await stack.assertOnlyCustomer(user, await create(user));
    },
  );

  await t.step("of two existing customers the oldest is adopted", async () => {
    const user = await newUserWithEmail();
    await fault("500_after");
    await fail(user);
    const [first] = await stack.customersAtStripe(user);
    await stack.stripe.customers.create({ metadata: first!.metadata });
    await stack.passMinute(user);
    assertEquals(await create(user), first?.id);
  });

  await t.step("unusual names do not prevent a customer", async () => {
    for (const first_name of [`${"a".repeat(255)}👩‍🚀`, "Robert'); drop table", "\u202eAda&name=x", "名前\n"]) {
      const user = await stack.newUser();
      await stack.clerk("PATCH", `/v1/users/${user}`, { first_name });
      await stack.assertOnlyCustomer(user, await create(user));
    }
  });

  await t.step("no mapped user has a lease or a failure left", async () => {
    const open = await sql`
      select clerk_user_id from stripe_customer_mapping
      where stripe_customer_id is not null and (lease_until is not null or failed_at is not null)`;
    assertEquals([...open], []);
  });
});
