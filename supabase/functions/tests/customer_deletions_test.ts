/** Exactly one living customer for a user, whenever one is deleted at Stripe. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { readError } from "./answers.ts";
import { startCustomerStack } from "./customer_stack.ts";
import { gone } from "./doorway.ts";
import { until } from "./until.ts";

Deno.test("One customer in spite of deletions", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newcomer, create, find } = stack;
  const retired = (user: string) => until(async () => (await stack.mapping(user)).stripe_customer_id === null);

  /** A customer that exists at Stripe and was never recorded here. */
  async function unrecorded(user: string): Promise<string> {
    stack.database.next("/complete_customer", { before: gone });
    await readError(await stack.ask(user), "database_unavailable");
    return (await stack.customersAtStripe(user))[0]!.id;
  }

  await t.step("trap 23: one that is deleted before it was recorded is not replayed into a mapping", async () => {
    const user = await newcomer();
    const dead = await unrecorded(user);
    await stack.stripe.customers.del(dead);
    await stack.endLease(user);
    const id = await create(user);
    assertNotEquals(id, dead);
    await stack.isTheOne(user, id);
    assertEquals((await stack.mapping(user)).generation, 2);
  });

  await t.step("trap 23: one that is deleted before it could be adopted is not adopted", async () => {
    const user = await newcomer();
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "500_after" });
    await stack.fail(user);
    const [made] = await stack.customersAtStripe(user);
    await stack.stripe.customers.del(made!.id);
    await stack.passMinute(user);
    await stack.isTheOne(user, await create(user));
  });

  await t.step("trap 23: one that is deleted while it is adopted is not adopted", async () => {
    const user = await newcomer();
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "500_after" });
    await stack.fail(user);
    const [made] = await stack.customersAtStripe(user);
    await stack.passMinute(user);
    stack.clerkDoor.passed();
    await stack.fault({ method: "GET", path: "/v1/customers", latency_ms: 1 });
    // Between the look and the description.
    await stack.fault({ method: "POST", path: `/v1/customers/${made!.id}`, latency_ms: 300 });
    await stack.forgetStripeRequests();
    const creating = create(user);
    await until(async () => (await stack.stripeRequests()).includes(`POST /v1/customers/${made!.id}`));
    await stack.stripe.customers.del(made!.id);
    await stack.isTheOne(user, await creating);
  });

  await t.step("trap 5: one whose deletion is recorded before its creation is no customer", async () => {
    const user = await newcomer();
    let dead = "";
    stack.database.next("/complete_customer", {
      async before() {
        dead = (await stack.customersAtStripe(user))[0]!.id;
        await stack.stripe.customers.del(dead);
        const tombstone = [{ id: dead, object: "customer", deleted: true }];
        await sql`select record_objects(draw_ticket(false), ${sql.json(tombstone)}, false)`;
      },
    });
    await readError(await stack.ask(user), "customer_busy");
    assertEquals((await stack.mapping(user)).stripe_customer_id, null);

    await stack.endLease(user);
    const id = await create(user);
    assertNotEquals(id, dead);
    await stack.isTheOne(user, id);
  });

  await t.step(
    "trap 23: one that is deleted later is noticed within a day, and the next call creates another",
    async () => {
      const user = await newcomer();
      const dead = await create(user);
      await stack.stripe.customers.del(dead);
      assertEquals(await find(user), dead);

      await stack.passDays(dead);
      assertEquals(await find(user), dead);
      await retired(user);
      const id = await create(user);
      assertNotEquals(id, dead);
      await stack.isTheOne(user, id);
      assertEquals((await stack.mapping(user)).generation, 2);
      const [tombstone] = await sql`select deleted, email from stripe_customers where id = ${dead}`;
      assertEquals(tombstone, { deleted: true, email: null });
    },
  );

  await t.step("a look at one that lives leaves it alone, and is not repeated for a day", async () => {
    const user = await newcomer();
    const id = await create(user);
    await stack.stripe.customers.update(id, { name: "Changed at Stripe" });
    await stack.passDays(id);
    assertEquals(await find(user), id);
    await until(async () => (await sql`select name from stripe_customers where id = ${id}`)[0]?.name !== "New");
    await stack.forgetStripeRequests();
    assertEquals(await find(user), id);
    assertEquals(await stack.stripeRequests(), []);
    await stack.isTheOne(user, id);
  });

  await t.step("fifty calls at once after a deletion was noticed create one", async () => {
    const user = await newcomer();
    const dead = await create(user);
    await stack.stripe.customers.del(dead);
    await stack.passDays(dead);
    await find(user);
    await retired(user);
    const responses = await Promise.all(Array.from({ length: 50 }, () => stack.ask(user)));
    const bodies = await Promise.all(responses.map((response) => response.json()));
    assertEquals(new Set(bodies.map(({ customer_id }) => customer_id)).size, 1);
    assertEquals(responses.filter(({ status }) => status === 201).length, 1);
    await stack.isTheOne(user, bodies[0].customer_id);
  });

  await t.step("a user who loses one customer after another always has one", async () => {
    const user = await newcomer();
    for (let generation = 1; generation <= 3; generation++) {
      const id = await create(user);
      await stack.isTheOne(user, id);
      assertEquals((await stack.mapping(user)).generation, generation);
      await stack.stripe.customers.del(id);
      await stack.passDays(id);
      await find(user);
      await retired(user);
    }
  });
});
