/** Which customer belongs to a user: never by email, never with a key of another account, with or without Clerk. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { readError } from "./answers.ts";
import { isCreation, startCustomerStack } from "./customer_stack.ts";
import { unavailable } from "./fault_proxy.ts";
import { until } from "./until.ts";

Deno.test("stripe-customer adopts and creates only the caller's own customer", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newUserWithEmail, create, find, stripe } = stack;

  await t.step("a customer with the same email is not adopted", async () => {
    const user = await stack.newUser("shared@example.com");
    const metadata = { clerk_user_id: "user_another" };
    const others = await Promise.all([
      stripe.customers.create({ email: "shared@example.com" }),
      stripe.customers.create({ email: "shared@example.com", metadata }),
    ]);
    const id = await create(user);
    assertEquals(others.some((other) => other.id === id), false);
    await stack.assertOnlyCustomer(user, id);
    for (const other of others) {
      assertEquals((await stripe.customers.retrieve(other.id) as { metadata: unknown }).metadata, other.metadata);
    }
  });

  await t.step("a lookup after a failure does not adopt a customer by its email or of another deployment", async () => {
    const user = await stack.newUser("lookup@example.com");
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "drop" });
    await stack.fail(user);
    const email = "lookup@example.com";
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

  await t.step("a mapped customer whose metadata names another user is not mapped to that user", async () => {
    const [owner, other] = [await newUserWithEmail(), await newUserWithEmail()];
    const id = await create(owner);
    await stack.fault({ method: "POST", path: "/v1/customers", kind: "drop" });
    await stack.fail(other);
    await stripe.customers.update(id, { metadata: { clerk_user_id: other } });
    await stack.passMinute(other);
    await readError(await stack.ask(other), "internal");
    assertEquals((await stack.mapping(other)).stripe_customer_id, null);
    assertEquals(await find(owner), id);
  });

  await t.step("email and name come from the token when it has them, without a request to Clerk", async () => {
    const user = await newUserWithEmail();
    stack.clerkProxy.requests();
    const token = await stack.sign({ sub: user, email: "claimed@example.com", name: "Claimed" });
    const response = await stack.call("stripe-customer", { method: "POST", token });
    await response.body?.cancel();
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], ["claimed@example.com", "Claimed"]);
    assertEquals(stack.clerkProxy.requests().includes(user), false);
  });

  await t.step("a customer created while Clerk is down gets its email at the next refresh", async () => {
    const user = await stack.newUser("later@example.com");
    stack.clerkProxy.next(user, { before: unavailable });
    const id = await create(user);
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], [null, null]);

    await stack.passDays(id);
    assertEquals(await find(user), id);
    await until(async () => (await sql`select email from stripe_customers where id = ${id}`)[0]?.email !== null);
    const [described] = await stack.customersAtStripe(user);
    assertEquals([described?.id, described?.email, described?.name], [id, "later@example.com", "New"]);
  });

  await t.step("a name and an email that an operator set stay when another field is missing", async () => {
    for (const [field, value] of [["name", "Named by an operator"], ["email", "operator@example.com"]] as const) {
      const user = await stack.newUser(`${field}@clerk.example.com`);
      stack.clerkProxy.next(user, { before: unavailable });
      const id = await create(user);
      await stripe.customers.update(id, { [field]: value });
      await stack.passDays(id);
      assertEquals(await find(user), id);
      const expected = { email: `${field}@clerk.example.com`, name: "New", [field]: value };
      await until(async () => {
        const [customer] = await stack.customersAtStripe(user);
        return customer?.email === expected.email && customer.name === expected.name;
      });
    }
  });

  await t.step("an empty email claim counts as none", async () => {
    const user = await stack.newUser("clerk@example.com");
    const token = await stack.sign({ sub: user, email: "", name: "" });
    await (await stack.call("stripe-customer", { method: "POST", token })).body?.cancel();
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], ["clerk@example.com", "New"]);
  });

  await t.step("a user without an email gets a customer without one", async () => {
    const user = await stack.newUser();
    await create(user);
    const [customer] = await stack.customersAtStripe(user);
    assertEquals([customer?.email, customer?.name], [null, "New"]);
  });
});

Deno.test("stripe-customer for a profile of which Stripe refuses a field creates one customer in one generation", async (t) => {
  /** The fields that Stripe refuses; the test's proxy answers for it, and passes every other request on. */
  let refused: string[] = [];
  let stripeUrl = "";
  await using proxy = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const param = refused.find((field) => new URLSearchParams(text).has(field));
    if (param !== undefined) {
      const error = { type: "invalid_request_error", param, message: `Invalid ${param}` };
      return Response.json({ error }, { status: 400 });
    }
    const { method, headers } = request;
    const response = await fetch(stripeUrl + pathname + search, {
      method,
      headers,
      body: method === "GET" ? null : text,
    });
    return new Response(await response.arrayBuffer(), { status: response.status, headers: response.headers });
  });
  await using stack = await startCustomerStack({ STRIPE_API_URL: `http://127.0.0.1:${proxy.addr.port}` });
  stripeUrl = stack.stripe_url;

  for (const fields of [["email"], ["name"], ["email", "name"]]) {
    await t.step(`${fields.join(" and ")}: created without, described at a refresh`, async () => {
      const profile = { email: `${fields.join("-")}@example.com`, name: "New" };
      const user = await stack.newUser(profile.email);
      refused = fields;
      await stack.forgetStripeRequests();
      const id = await stack.create(user);
      await stack.assertOnlyCustomer(user, id);
      const expected = Object.fromEntries(
        Object.entries(profile).map(([field, value]) => [field, fields.includes(field) ? null : value]),
      );
      const seen = async () => {
        const [customer] = await stack.customersAtStripe(user);
        return { email: customer?.email, name: customer?.name };
      };
      assertEquals<unknown>(await seen(), expected);
      assertEquals((await stack.stripeLog()).filter(isCreation).length, 1);
      const { generation, failed_at } = await stack.mapping(user);
      assertEquals({ generation, failed_at }, { generation: 1, failed_at: null });

      await stack.passDays(id);
      assertEquals(await stack.find(user), id);
      await until(async () =>
        (await stack.sql`select from stripe_customers where id = ${id} and fetched_at > now() - interval '1 hour'`)
          .length > 0
      );
      assertEquals<unknown>(await seen(), expected);

      refused = [];
      await stack.passDays(id);
      assertEquals(await stack.find(user), id);
      await until(async () => Object.values(await seen()).every((value) => value !== null));
      assertEquals(await seen(), profile);
    });
  }
});

Deno.test("stripe-customer with a key of another account or mode", async (t) => {
  await using stack = await startCustomerStack();
  const { sql, newUserWithEmail, create, find } = stack;
  const user = await newUserWithEmail();
  const id = await create(user);
  const [{ account } = {}] = await sql`select stripe_account as account from billing.deployment`;

  /** Changes the deployment as a switch does; the process keeps its key. */
  async function belongTo(change: { stripe_account?: string; livemode?: boolean }) {
    await sql`update billing.deployment set ${sql({ ...change, confirmed_keys: sql.array([]) as never })}`;
    await stack.forgetStripeRequests();
  }

  await t.step("another account's key answers not_configured, creates nothing and records no failure", async () => {
    await belongTo({ stripe_account: "acct_another" });
    const newUser = await newUserWithEmail();
    const { message } = await readError(await stack.ask(newUser), "not_configured");
    assertEquals(message.includes("acct"), false);
    assertEquals((await stack.stripeLog()).filter(isCreation), []);
    assertEquals((await sql`select from stripe_customer_mapping where clerk_user_id = ${newUser}`).length, 0);

    await belongTo({ stripe_account: account });
    await stack.assertOnlyCustomer(newUser, await create(newUser));
  });

  await t.step("another account's key retires no customer, although its account has none of them", async () => {
    await sql`
      update stripe_customers set data = jsonb_set(data, '{id}', '"cus_unknown_here"') where id = ${id}`;
    await sql`update stripe_customer_mapping set stripe_customer_id = 'cus_unknown_here' where clerk_user_id = ${user}`;
    await belongTo({ stripe_account: "acct_another" });
    await stack.passDays("cus_unknown_here");
    for (const method of ["POST", "GET"] as const) await readError(await stack.ask(user, method), "not_configured");
    assertEquals((await stack.mapping(user)).stripe_customer_id, "cus_unknown_here");
  });

  await t.step("this account's key retires a customer that Stripe does not have", async () => {
    await belongTo({ stripe_account: account });
    assertEquals(await find(user), "cus_unknown_here");
    await until(async () => (await stack.mapping(user)).stripe_customer_id === null);
    assertNotEquals(await create(user), "cus_unknown_here");
  });

  await t.step("the other mode's key answers not_configured without a request to Stripe", async () => {
    await belongTo({ livemode: true });
    const newUser = await newUserWithEmail();
    for (const [caller, method] of [[user, "POST"], [user, "GET"], [newUser, "POST"], [newUser, "GET"]] as const) {
      const response = await stack.ask(caller, method);
      await readError(response, "not_configured");
      assertEquals(response.headers.get("retry-after"), "60");
    }
    assertEquals(await stack.stripeRequests(), []);
    assertEquals(
      await sql`select from stripe_customer_mapping where clerk_user_id = ${newUser}`.then((r) => r.length),
      0,
    );
    assertStringIncludes(await stack.logs(), "This database belongs to Stripe's live mode");
  });
});
