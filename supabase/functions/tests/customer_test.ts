/** Exactly one customer for a user, whoever races. */
import { assertEquals, assertMatch } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { isCreation, startCustomerStack } from "./customer_stack.ts";
import { startSecondProcess } from "./second_process.ts";

const TWENTY = Array.from({ length: 20 });
const FIFTY = Array.from({ length: 50 });

/** The one id that all of these answers hold, of which one created it. */
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

Deno.test("One customer", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, database, ask, newcomer } = stack;

  await t.step(
    "the first call creates it, as Clerk describes the user, under the key of the first generation",
    async () => {
      const user = stack.users.ada!;
      const id = await stack.create(user);
      const [deployment] = await sql`select id, livemode, stripe_account from billing.deployment`;
      const [customer] = await stack.customersAtStripe(user);
      assertEquals(customer?.id, id);
      assertEquals([customer?.email, customer?.name], ["ada@example.com", "Ada Lovelace"]);
      assertEquals(customer?.metadata, { clerk_user_id: user, deployment_id: deployment!.id });
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

  await t.step("every later call costs one question to the database and none to Stripe and Clerk", async () => {
    const user = await newcomer();
    const id = await stack.create(user);
    await stack.forgetStripeRequests();
    for (const door of [database, stack.clerkDoor]) door.passed();

    assertEquals(await stack.find(user), id);
    assertEquals(database.passed(), ["claim_customer"]);
    assertEquals(await readAnswer(await ask(user, "GET"), 200, Customer), {
      customer_id: id,
      livemode: false,
      created: false,
    });
    assertEquals(database.passed(), ["find_customer"]);
    assertEquals([await stack.stripeRequests(), stack.clerkDoor.passed()], [[], []]);
  });

  await t.step("looking for it creates nothing and claims nothing", async () => {
    const user = await newcomer();
    await stack.forgetStripeRequests();
    await readError(await ask(user, "GET"), "customer_not_found");
    assertEquals(await stack.stripeRequests(), []);
    assertEquals(await sql`select from stripe_customer_mapping where clerk_user_id = ${user}`.then((r) => r.length), 0);
  });

  await t.step("trap 1: fifty calls at once of a new user create one", async () => {
    const user = await newcomer();
    await stack.isTheOne(user, await idOfAll(await Promise.all(FIFTY.map(() => ask(user)))));
  });

  await t.step("trap 1: fifty calls at once of ten new users create ten", async () => {
    const users = await Promise.all(Array.from({ length: 10 }, newcomer));
    await stack.forgetStripeRequests();
    const responses = await Promise.all(FIFTY.map((_, n) => ask(users[n % 10]!)));
    assertEquals((await stack.stripeLog()).filter(isCreation).length, 10);
    for (const [n, user] of users.entries()) {
      await stack.isTheOne(user, await idOfAll(responses.filter((_, asked) => asked % 10 === n)));
    }
  });

  await t.step("trap 1: two processes that race create one", async () => {
    await using second = await startSecondProcess(stack, "stripe-customer");
    for (let round = 0; round < 2; round++) {
      const user = await newcomer();
      await stack.forgetStripeRequests();
      const token = await stack.sign({ sub: user });
      const askSecond = () =>
        fetch(`${second.url}/stripe-customer`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}`, origin: "http://localhost:3000" },
        });
      const responses = await Promise.all(TWENTY.map((_, n) => n % 2 ? ask(user) : askSecond()));
      assertEquals((await stack.stripeLog()).filter(isCreation).length, 1);
      await stack.isTheOne(user, await idOfAll(responses));
    }
  });

  await t.step("trap 1: a slow creation makes others wait, or come back, but never create", async () => {
    const user = await newcomer();
    await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 3_500 });
    const ids = new Map<number, string>();
    for (const response of await Promise.all(Array.from({ length: 6 }, () => ask(user)))) {
      if (response.status === 503) await readError(response, "customer_busy");
      else {
        const status = response.status === 201 && !ids.has(201) ? 201 : 200;
        ids.set(status, (await readAnswer(response, status, Customer)).customer_id);
      }
    }
    await stack.isTheOne(user, ids.get(201)!);
  });
});
