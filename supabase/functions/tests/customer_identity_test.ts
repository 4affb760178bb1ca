/** Whose customer it is: never by an email, never with a key of another account, with or without Clerk. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { readError } from "./answers.ts";
import { isCreation, startCustomerStack } from "./customer_stack.ts";
import { gone } from "./doorway.ts";
import { until } from "./until.ts";

Deno.test("Whose customer it is", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newcomer, create, find, stripe } = stack;

  await t.step("trap 4: a customer with the same email stays somebody else's", async () => {
    const user = await stack.newUser("shared@example.com");
    const metadata = { clerk_user_id: "user_somebody_else" };
    const others = await Promise.all([
      stripe.customers.create({ email: "shared@example.com" }),
      stripe.customers.create({ email: "shared@example.com", metadata }),
    ]);
    const id = await create(user);
    assertEquals(others.some((other) => other.id === id), false);
    await stack.isTheOne(user, id);
    for (const other of others) {
      assertEquals((await stripe.customers.retrieve(other.id) as { metadata: unknown }).metadata, other.metadata);
    }
  });

  await t.step("trap 4: nor does a look after a failure adopt one by its email, or of another deployment", async () => {
    const user = await stack.newUser("looked-for@example.com");
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "drop" });
    await stack.fail(user);
    const email = "looked-for@example.com";
    const foreign = await stripe.customers.create({
      email,
      metadata: { clerk_user_id: user, deployment_id: crypto.randomUUID() },
    });
    const older = await stripe.customers.create({ email, metadata: { clerk_user_id: user } });
    await stack.passMinute(user);
    const id = await create(user);
    assertEquals([foreign.id, older.id].includes(id), false);
    assertEquals((await stack.mapping(user)).stripe_customer_id, id);
  });

  await t.step("a customer that is already a user's becomes no other's, whatever its metadata says", async () => {
    const [owner, thief] = [await newcomer(), await newcomer()];
    const id = await create(owner);
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "drop" });
    await stack.fail(thief);
    await stripe.customers.update(id, { metadata: { clerk_user_id: thief } });
    await stack.passMinute(thief);
    await readError(await stack.ask(thief), "internal");
    assertEquals((await stack.mapping(thief)).stripe_customer_id, null);
    assertEquals(await find(owner), id);
  });

  await t.step("email and name are the token's where it has them, and Clerk is asked for nobody", async () => {
    const user = await newcomer();
    stack.clerkDoor.passed();
    const token = await stack.sign({ sub: user, email: "claimed@example.com", name: "Claimed" });
    const response = await stack.call("stripe-customer", { method: "POST", token });
    await response.body?.cancel();
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], ["claimed@example.com", "Claimed"]);
    assertEquals(stack.clerkDoor.passed().includes(user), false);
  });

  await t.step("without Clerk a customer has no email, and gets it when somebody looks", async () => {
    const user = await stack.newUser("later@example.com");
    stack.clerkDoor.next(user, { before: gone });
    const id = await create(user);
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], [null, null]);

    await stack.passDays(id);
    assertEquals(await find(user), id);
    await until(async () => (await sql`select email from stripe_customers where id = ${id}`)[0]?.email !== null);
    const [described] = await stack.customersAtStripe(user);
    assertEquals([described?.id, described?.email, described?.name], [id, "later@example.com", "New"]);
  });

  await t.step("a user without an email has a customer without one", async () => {
    const user = await stack.newUser();
    await create(user);
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], [null, "New"]);
  });
});

Deno.test("Trap 22: a key of another account or mode", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newcomer, create, find } = stack;
  const user = await newcomer();
  const id = await create(user);
  const [{ account } = {}] = await sql`select stripe_account as account from billing.deployment`;

  /** Everything that reads the account remembers it for a minute: begin with a process that remembers nothing. */
  async function belongTo(change: { stripe_account?: string; livemode?: boolean }) {
    await sql`update billing.deployment set ${sql(change)}`;
    await stack.kill("stripe-customer");
    await stack.forgetStripeRequests();
  }

  await t.step("one of another account creates nothing, and the user's claim is as if nobody had asked", async () => {
    await belongTo({ stripe_account: "acct_another" });
    const stranger = await newcomer();
    const { message } = await readError(await stack.ask(stranger), "not_configured");
    assertEquals(message.includes("acct"), false);
    assertEquals((await stack.stripeLog()).filter(isCreation), []);
    assertEquals((await stack.mapping(stranger)).failed_at, null);

    await belongTo({ stripe_account: account });
    await stack.endLease(stranger);
    await stack.isTheOne(stranger, await create(stranger));
  });

  await t.step("one of another account retires nobody, although it knows none of our customers", async () => {
    await sql`
      update stripe_customers set data = jsonb_set(data, '{id}', '"cus_unknown_here"') where id = ${id}`;
    await sql`update stripe_customer_mapping set stripe_customer_id = 'cus_unknown_here' where clerk_user_id = ${user}`;
    await belongTo({ stripe_account: "acct_another" });
    await stack.passDays("cus_unknown_here");
    assertEquals(await find(user), "cus_unknown_here");
    await until(async () => (await stack.logs()).includes("Refreshing a known customer failed"));
    assertEquals((await stack.mapping(user)).stripe_customer_id, "cus_unknown_here");
    assertEquals(await find(user), "cus_unknown_here");
  });

  await t.step("one of this account retires a customer that it does not know", async () => {
    await belongTo({ stripe_account: account });
    assertEquals(await find(user), "cus_unknown_here");
    await until(async () => (await stack.mapping(user)).stripe_customer_id === null);
    assertNotEquals(await create(user), "cus_unknown_here");
  });

  await t.step("one of the other mode is refused before anything is asked at Stripe, known or not", async () => {
    await belongTo({ livemode: true });
    const stranger = await newcomer();
    for (const [who, method] of [[user, "POST"], [user, "GET"], [stranger, "POST"], [stranger, "GET"]] as const) {
      const response = await stack.ask(who, method);
      await readError(response, "not_configured");
      assertEquals(response.headers.get("retry-after"), "60");
    }
    assertEquals(await stack.stripeRequests(), []);
    assertEquals(
      await sql`select from stripe_customer_mapping where clerk_user_id = ${stranger}`.then((r) => r.length),
      0,
    );
    assertStringIncludes(await stack.logs(), "This database belongs to Stripe's live mode");
  });
});
