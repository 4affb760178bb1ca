/** Exactly one living customer per user when customers are deleted at Stripe. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { readError } from "./answers.ts";
import { startCustomerStack } from "./customer_stack.ts";
import { unavailable } from "./fault_proxy.ts";
import { until } from "./until.ts";

Deno.test("stripe-customer after deletions at Stripe keeps one living customer per user", async (t) => {
  await using stack = await startCustomerStack();
  await stack.confirmTestKey();
  const { sql, newUserWithEmail, create, find } = stack;
  const retired = (user: string) => until(async () => (await stack.mapping(user)).stripe_customer_id === null);

  /** Creates a customer at Stripe that is not recorded in the database. */
  async function unrecorded(user: string): Promise<string> {
    stack.database.next("/complete_customer", { before: unavailable });
    await readError(await stack.ask(user), "database_unavailable");
    return (await stack.customersAtStripe(user))[0]!.id;
  }

  await t.step("a customer that is deleted before it is recorded is not mapped when Stripe replays it", async () => {
    const user = await newUserWithEmail();
    const deletedId = await unrecorded(user);
    await stack.stripe.customers.del(deletedId);
    await stack.endLease(user);
    const id = await create(user);
    assertNotEquals(id, deletedId);
    await stack.assertOnlyCustomer(user, id);
    assertEquals((await stack.mapping(user)).generation, 2);
  });

  await t.step("a customer that is deleted before the lookup is not adopted", async () => {
    const user = await newUserWithEmail();
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "500_after" });
    await stack.fail(user);
    const [made] = await stack.customersAtStripe(user);
    await stack.stripe.customers.del(made!.id);
    await stack.passMinute(user);
    await stack.assertOnlyCustomer(user, await create(user));
  });

  await t.step("a customer that is deleted between lookup and update is not adopted", async () => {
    const user = await newUserWithEmail();
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "500_after" });
    await stack.fail(user);
    const [made] = await stack.customersAtStripe(user);
    await stack.passMinute(user);
    stack.clerkProxy.requests();
    await stack.fault({ method: "GET", path: "/v1/customers", latency_ms: 1 });
    // Between the lookup and the update.
    await stack.fault({ method: "POST", path: `/v1/customers/${made!.id}`, latency_ms: 300 });
    await stack.forgetStripeRequests();
    const creating = create(user);
    await until(async () => (await stack.stripeRequests()).includes(`POST /v1/customers/${made!.id}`));
    await stack.stripe.customers.del(made!.id);
    await stack.assertOnlyCustomer(user, await creating);
  });

  await t.step("a customer whose deletion is recorded before its completion is not mapped", async () => {
    const user = await newUserWithEmail();
    let deletedId = "";
    stack.database.next("/complete_customer", {
      async before() {
        deletedId = (await stack.customersAtStripe(user))[0]!.id;
        await stack.stripe.customers.del(deletedId);
        const tombstone = [{ id: deletedId, object: "customer", deleted: true }];
        await sql`select record_objects(draw_ticket('test_1'), ${sql.json(tombstone)}, 'test_1')`;
      },
    });
    await readError(await stack.ask(user), "customer_busy");
    assertEquals((await stack.mapping(user)).stripe_customer_id, null);

    await stack.endLease(user);
    const id = await create(user);
    assertNotEquals(id, deletedId);
    await stack.assertOnlyCustomer(user, id);
  });

  await t.step(
    "a deletion without an event is noticed within a day, and the next call creates another customer",
    async () => {
      const user = await newUserWithEmail();
      const deletedId = await create(user);
      await stack.stripe.customers.del(deletedId);
      assertEquals(await find(user), deletedId);

      await stack.passDays(deletedId);
      assertEquals(await find(user), deletedId);
      await retired(user);
      const id = await create(user);
      assertNotEquals(id, deletedId);
      await stack.assertOnlyCustomer(user, id);
      assertEquals((await stack.mapping(user)).generation, 2);
      const [tombstone] = await sql`select deleted, email from stripe_customers where id = ${deletedId}`;
      assertEquals(tombstone, { deleted: true, email: null });
    },
  );

  await t.step("a refresh of a living customer changes no mapping and is not repeated for a day", async () => {
    const user = await newUserWithEmail();
    const id = await create(user);
    await stack.stripe.customers.update(id, { name: "Changed at Stripe" });
    await stack.passDays(id);
    assertEquals(await find(user), id);
    await until(async () => (await sql`select name from stripe_customers where id = ${id}`)[0]?.name !== "New");
    await stack.forgetStripeRequests();
    assertEquals(await find(user), id);
    assertEquals(await stack.stripeRequests(), []);
    await stack.assertOnlyCustomer(user, id);
  });

  await t.step("while Stripe answers 429, twenty calls for a stale customer send it one refresh", async () => {
    const user = await newUserWithEmail();
    const id = await create(user);
    await stack.passDays(id);
    await stack.forgetStripeRequests();
    await stack.fault({ method: "GET", path: `/v1/customers/${id}`, kind: "429", times: 1_000 });
    const reads = async () => (await stack.stripeRequests()).filter((request) => request === `GET /v1/customers/${id}`);
    assertEquals(await find(user), id);
    await until(async () => (await reads()).length > 0);
    for (let call = 0; call < 19; call++) assertEquals(await find(user), id);
    assertEquals((await reads()).length, 1);
    await stack.clearFaults();
    await stack.kill("stripe-customer"); // which forgets the failure
  });

  await t.step("fifty concurrent calls after a deletion create one customer", async () => {
    const user = await newUserWithEmail();
    const deletedId = await create(user);
    await stack.stripe.customers.del(deletedId);
    await stack.passDays(deletedId);
    await find(user);
    await retired(user);
    const responses = await Promise.all(Array.from({ length: 50 }, () => stack.ask(user)));
    const bodies = await Promise.all(responses.map((response) => response.json()));
    assertEquals(new Set(bodies.map(({ customer_id }) => customer_id)).size, 1);
    assertEquals(responses.filter(({ status }) => status === 201).length, 1);
    await stack.assertOnlyCustomer(user, bodies[0].customer_id);
  });

  await t.step("repeated deletions begin a new generation each", async () => {
    const user = await newUserWithEmail();
    for (let generation = 1; generation <= 3; generation++) {
      const id = await create(user);
      await stack.assertOnlyCustomer(user, id);
      assertEquals((await stack.mapping(user)).generation, generation);
      await stack.stripe.customers.del(id);
      await stack.passDays(id);
      await find(user);
      await retired(user);
    }
  });
});
