/** Exactly one customer per user under concurrent calls. */
import { assertEquals, assertMatch } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { isCreation, startCustomerStack } from "./customer_stack.ts";
import { startSecondProcess } from "./second_process.ts";

const TWENTY = Array.from({ length: 20 });
const FIFTY = Array.from({ length: 50 });

/** The id that all of these answers have; exactly one of them created the customer. */
async function idOfAll(responses: Response[]): Promise<string> {
  const bodies = await Promise.all(
    responses.map((response) => readAnswer(response, response.status === 201 ? 201 : 200, Customer)),
  );
  for (const [n, { created }] of bodies.entries()) assertEquals(created, responses[n]!.status === 201);
  assertEquals(bodies.filter(({ created }) => created).length, 1);
  const ids = new Set(bodies.map(({ customer_id }) => customer_id));
  assertEquals(ids.size, 1, `There are ${ids.size} customers`);
  return [...ids][0]!;
}

Deno.test("stripe-customer under concurrent calls creates one customer per user", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, database, ask, newUserWithEmail } = stack;

  await t.step(
    "the first call creates the customer with Clerk's profile, under the key of generation 1",
    async () => {
      const user = stack.users.ada!;
      const id = await stack.create(user);
      const [deployment] = await sql`select id, livemode, stripe_account from billing.deployment`;
      const [customer] = await stack.customersAtStripe(user);
      assertEquals(customer?.id, id);
      assertEquals([customer?.email, customer?.name], ["ada@example.com", "Ada Lovelace"]);
      assertEquals(customer?.metadata, {
        clerk_user_id: user,
        deployment_id: deployment!.id,
        email_from_clerk: "ada@example.com",
        name_from_clerk: "Ada Lovelace",
      });
      assertMatch(deployment!.stripe_account, /^acct_/);

      const requests = (await stack.stripeLog()).filter(({ path }) => path !== "/v1/account");
      assertEquals(requests.slice(0, 1).map(({ idempotency_key }) => idempotency_key), [
        `customer:${deployment!.id}:${user}:1`,
      ]);
      assertEquals(await sql`select id, email, deleted from stripe_customers`.then((rows) => [...rows]), [
        { id, email: "ada@example.com", deleted: false },
      ]);
    },
  );

  await t.step("a later call costs one database call and none to Stripe or Clerk", async () => {
    const user = await newUserWithEmail();
    const id = await stack.create(user);
    await stack.forgetStripeRequests();
    for (const proxy of [database, stack.clerkProxy]) proxy.requests();

    assertEquals(await stack.find(user), id);
    assertEquals(database.requests(), ["claim_customer"]);
    assertEquals(await readAnswer(await ask(user, "GET"), 200, Customer), {
      customer_id: id,
      livemode: false,
      created: false,
    });
    assertEquals(database.requests(), ["find_customer"]);
    assertEquals([await stack.stripeRequests(), stack.clerkProxy.requests()], [[], []]);
  });

  await t.step("GET without a customer answers 404 and creates and claims nothing", async () => {
    const user = await newUserWithEmail();
    await stack.forgetStripeRequests();
    await readError(await ask(user, "GET"), "customer_not_found");
    assertEquals(await stack.stripeRequests(), []);
    assertEquals(await sql`select from stripe_customer_mapping where clerk_user_id = ${user}`.then((r) => r.length), 0);
  });

  await t.step("fifty concurrent calls of a new user create one customer", async () => {
    const user = await newUserWithEmail();
    await stack.assertOnlyCustomer(user, await idOfAll(await Promise.all(FIFTY.map(() => ask(user)))));
  });

  await t.step("fifty concurrent calls of ten new users create ten customers", async () => {
    const users = await Promise.all(Array.from({ length: 10 }, newUserWithEmail));
    await stack.forgetStripeRequests();
    const responses = await Promise.all(FIFTY.map((_, n) => ask(users[n % 10]!)));
    assertEquals((await stack.stripeLog()).filter(isCreation).length, 10);
    for (const [n, user] of users.entries()) {
      await stack.assertOnlyCustomer(user, await idOfAll(responses.filter((_, call) => call % 10 === n)));
    }
  });

  await t.step("concurrent calls on two processes create one customer", async () => {
    await using second = await startSecondProcess(stack, "stripe-customer");
    for (let round = 0; round < 2; round++) {
      const user = await newUserWithEmail();
      await stack.forgetStripeRequests();
      const token = await stack.sign({ sub: user });
      const askSecond = () =>
        fetch(`${second.url}/stripe-customer`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, origin: "http://localhost:3000" },
        });
      const responses = await Promise.all(TWENTY.map((_, n) => n % 2 ? ask(user) : askSecond()));
      assertEquals((await stack.stripeLog()).filter(isCreation).length, 1);
      await stack.assertOnlyCustomer(user, await idOfAll(responses));
    }
  });

  await t.step("during a slow creation other calls wait or answer customer_busy, and none creates", async () => {
    const user = await newUserWithEmail();
    await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 3_500 });
    const ids = new Map<number, string>();
    for (const response of await Promise.all(Array.from({ length: 6 }, () => ask(user)))) {
      if (response.status === 503) await readError(response, "customer_busy");
      else {
        const status = response.status === 201 && !ids.has(201) ? 201 : 200;
        ids.set(status, (await readAnswer(response, status, Customer)).customer_id);
      }
    }
    await stack.assertOnlyCustomer(user, ids.get(201)!);
  });
});
