/** Exactly one customer for a user, whatever fails on the way. */
import { assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import { readError } from "./answers.ts";
import { type CustomerStack, isCreation, startCustomerStack } from "./customer_stack.ts";
import { gone } from "./doorway.ts";
import { until } from "./until.ts";

/** The keys under which customers were created since the requests were forgotten, without what differs by user. */
const generationsOf = async (stack: CustomerStack) =>
  (await stack.stripeLog()).filter(isCreation).map(({ idempotency_key }) => Number(idempotency_key?.split(":").at(-1)));

Deno.test("One customer in spite of failures", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newcomer, fail, create } = stack;
  /** The next creation at Stripe goes wrong. */
  const fault = (kind: "429" | "500" | "500_after" | "drop" | "drop_after", retry_after?: number) =>
    stack.fault({ method: "POST", path: "/v1/customers", kind, ...retry_after && { retry_after } });

  for (
    const [what, kind] of [
      ["trap 2: a 500 that took effect", "500_after"],
      ["a connection that was dropped after the effect", "drop_after"],
    ] as const
  ) {
    await t.step(`${what} leads to that very customer a minute later`, async () => {
      const user = await newcomer();
      await fault(kind);
      await fail(user);
      const [made] = await stack.customersAtStripe(user);
      assertNotEquals((await stack.mapping(user)).failed_at, null);

      await stack.passMinute(user);
      await stack.forgetStripeRequests();
      assertEquals(await create(user), made?.id);
      await stack.isTheOne(user, made!.id);
      assertEquals(await generationsOf(stack), []);
      assertEquals((await stack.stripeRequests()).some((request) => request.includes("search")), false);
    });
  }

  for (
    const [what, kind] of [
      ["trap 2: a 500 without effect, which Stripe replays", "500"],
      ["a connection that was dropped before the effect", "drop"],
    ] as const
  ) {
    await t.step(`${what} leads to one customer of the next generation a minute later`, async () => {
      const user = await newcomer();
      await fault(kind);
      await fail(user);
      assertEquals(await stack.customersAtStripe(user), []);

      await stack.passMinute(user);
      await stack.forgetStripeRequests();
      await stack.isTheOne(user, await create(user));
      assertEquals(await generationsOf(stack), [2]);
    });
  }

  await t.step(
    "within the minute after a failure everybody is asked to come back, and Stripe is asked nothing",
    async () => {
      const user = await newcomer();
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

  await t.step("fifty calls a minute after a failure that took effect adopt one", async () => {
    const user = await newcomer();
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
    await stack.isTheOne(user, made!.id);
  });

  await t.step("a rate limit is passed on, and the same generation creates once the lease is over", async () => {
    const user = await newcomer();
    await fault("429", 7);
    const response = await stack.ask(user);
    await readError(response, "stripe_unavailable");
    assertEquals(response.headers.get("retry-after"), "7");
    assertEquals((await stack.mapping(user)).failed_at, null);

    await stack.endLease(user);
    await stack.forgetStripeRequests();
    await stack.isTheOne(user, await create(user));
    assertEquals(await generationsOf(stack), [1]);
  });

  await t.step("a crash between creation and completion ends with the customer that Stripe replays", async () => {
    const user = await newcomer();
    stack.database.next("/complete_customer", { before: gone });
    await readError(await stack.ask(user), "database_unavailable");
    const [made] = await stack.customersAtStripe(user);
    assertEquals((await stack.mapping(user)).failed_at, null);

    await stack.endLease(user);
    await stack.forgetStripeRequests();
    assertEquals(await create(user), made?.id);
    assertEquals(await stack.stripeRequests(), ["POST /v1/customers", `POST /v1/customers/${made!.id}`]);
    await stack.isTheOne(user, made!.id);
  });

  await t.step("a completion whose answer is lost is complete", async () => {
    const user = await newcomer();
    stack.database.next("/complete_customer", { after: gone });
    await readError(await stack.ask(user), "database_unavailable");
    await stack.isTheOne(user, await stack.find(user));
  });

  await t.step("a claim whose answer is lost delays the user by a lease and no more", async () => {
    const user = await newcomer();
    stack.database.next("/claim_customer", { after: gone });
    await readError(await stack.ask(user), "database_unavailable");
    await stack.endLease(user);
    await stack.isTheOne(user, await create(user));
  });

  await t.step("a failure that cannot be noted is found by the key that replays it", async () => {
    const user = await newcomer();
    await fault("500_after");
    stack.database.next("/fail_customer", { before: gone });
    await fail(user);
    assertEquals((await stack.mapping(user)).failed_at, null);

    await stack.endLease(user);
    await fail(user);
    assertNotEquals((await stack.mapping(user)).failed_at, null);
    await stack.passMinute(user);
    const [made] = await stack.customersAtStripe(user);
    assertEquals(await create(user), made?.id);
    await stack.isTheOne(user, made!.id);
  });

  await t.step("a process that is killed while Stripe creates leaves one customer to the next", async () => {
    const user = await newcomer();
    await stack.forgetStripeRequests();
    await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 700 });
    const dying = stack.ask(user);
    await until(async () => (await stack.stripeLog()).some(isCreation));
    await stack.kill("stripe-customer");
    assertEquals(await dying.then(async (response) => (await response.body?.cancel(), response.status)), 502);

    await until(async () => (await stack.customersAtStripe(user)).length > 0);
    await stack.endLease(user);
    await stack.isTheOne(user, await create(user));
  });

  await t.step(
    "trap 2: a key that Stripe has forgotten is not used again for a claim of over an hour ago",
    async () => {
      const user = await newcomer();
      stack.database.next("/complete_customer", { before: gone });
      await readError(await stack.ask(user), "database_unavailable");
      const [made] = await stack.customersAtStripe(user);

      await stack.forgetIdempotencyKeys();
      await stack.passHour(user);
      await stack.forgetStripeRequests();
      assertEquals(await create(user), made?.id);
      await stack.isTheOne(user, made!.id);
      assertEquals(await generationsOf(stack), []);
    },
  );

  await t.step("a claim of over an hour ago that came to nothing begins the next generation", async () => {
    const user = await newcomer();
    stack.database.next("/claim_customer", { after: gone });
    await readError(await stack.ask(user), "database_unavailable");
    await stack.passHour(user);
    await stack.forgetStripeRequests();
    await stack.isTheOne(user, await create(user));
    assertEquals(await generationsOf(stack), [2]);
  });

  await t.step(
    "trap 2: a key that is refused, because the user was renamed since, leads to the same customer",
    async () => {
      const user = await newcomer();
      stack.database.next("/complete_customer", { before: gone });
      await readError(await stack.ask(user), "database_unavailable");
      const [made] = await stack.customersAtStripe(user);

      await stack.clerk("PATCH", `/v1/users/${user}`, { first_name: "Renamed" });
      await stack.endLease(user);
      await fail(user);
      await stack.passMinute(user);
      assertEquals(await create(user), made?.id);
      await stack.isTheOne(user, made!.id);
      assertEquals((await stack.customersAtStripe(user))[0]?.name, "Renamed");
    },
  );

  await t.step(
    "trap 3: what was created a moment ago is found, although Stripe's search does not know it yet",
    async () => {
      const user = await newcomer();
      await fault("drop_after");
      await fail(user);
      const query = `metadata["clerk_user_id"]:"${user}"`;
      assertEquals((await stack.stripe.customers.search({ query })).data, []);
      await stack.passMinute(user);
      await stack.isTheOne(user, await create(user));
    },
  );

  await t.step("of two that exist, however they came, the oldest is adopted", async () => {
    const user = await newcomer();
    await fault("500_after");
    await fail(user);
    const [first] = await stack.customersAtStripe(user);
    await stack.stripe.customers.create({ metadata: first!.metadata });
    await stack.passMinute(user);
    assertEquals(await create(user), first?.id);
  });

  await t.step("a name that is odd in every way costs nobody a customer", async () => {
    for (const first_name of [`${"a".repeat(255)}👩‍🚀`, "Robert'); drop table", "\u202eAda&name=x", "名前\n"]) {
      const user = await stack.newUser();
      await stack.clerk("PATCH", `/v1/users/${user}`, { first_name });
      await stack.isTheOne(user, await create(user));
    }
  });

  await t.step("no user was left with a lease or a failure", async () => {
    const open = await sql`
      select clerk_user_id from stripe_customer_mapping
      where stripe_customer_id is not null and (lease_until is not null or failed_at is not null)`;
    assertEquals([...open], []);
  });
});
