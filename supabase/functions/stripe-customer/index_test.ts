import { assertEquals, assertMatch } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { findLine } from "../tests/log_lines.ts";
import { startStack } from "../tests/stack.ts";

Deno.test("stripe-customer", async (t) => {
  await using stack = await startStack();
  const signIn = (sub: string | undefined) => stack.sign({ sub, exp: Math.floor(Date.now() / 1000) + 3_600 });
  const token = await signIn(stack.users.ada);
  const call = (token: string, method: "GET" | "POST") => stack.call("stripe-customer", { method, token });

  await t.step("GET answers 404 to a user who has no customer yet, and creates none", async () => {
    const { message } = await readError(await call(token, "GET"), "customer_not_found");
    assertMatch(message, /POST stripe-customer/);
    assertEquals(await stack.sql`select from stripe_customer_mapping`.then(({ length }) => length), 0);
    assertEquals(await stack.stripeRequests(), ["GET /v1/account"]); // of a key that is new
  });

  await t.step("POST answers 201 with the customer that it created, then 200 with the same id", async () => {
    const grace = await signIn(stack.users.grace);
    const first = await call(grace, "POST");
    const { customer_id, ...rest } = await readAnswer(first, 201, Customer);
    assertMatch(customer_id, /^cus_\w+$/);
    assertEquals(rest, { livemode: false, created: true });

    const second = await call(grace, "POST");
    assertEquals(await readAnswer(second, 200, Customer), { customer_id, livemode: false, created: false });
    const seen = await call(grace, "GET");
    assertEquals(await readAnswer(seen, 200, Customer), { customer_id, livemode: false, created: false });

    for (const { headers } of [first, second, seen]) {
      assertEquals([headers.get("cache-control"), headers.get("etag")], ["no-store", null]);
    }
    const { email, name } = await stack.stripe.customers.retrieve(customer_id) as { email: string; name: string };
    assertEquals({ email, name }, { email: "grace@example.com", name: "Grace Hopper" });
    assertEquals((await stack.logs()).includes("grace@example.com"), false);
  });

  await t.step("POST gives each user a customer of their own", async () => {
    const alan = await signIn(stack.users.alan);
    const { customer_id } = await readAnswer(await call(alan, "POST"), 201, Customer);
    await readError(await call(await signIn("user_other"), "GET"), "customer_not_found");
    const { customer_id: other } = await readAnswer(await call(await signIn("user_other"), "POST"), 201, Customer);
    assertEquals(other === customer_id, false);
  });

  await t.step("POST refuses a user, an email and a customer in its input", async () => {
    const body = { user_id: stack.users.alan, email: "evil@example.com", customer_id: "cus_1" };
    const response = await stack.call("stripe-customer", { method: "POST", token, body });
    assertEquals((await readProblems(response)).sort(), ["customer_id", "email", "user_id"]);
    assertEquals(await readProblems(await stack.call("stripe-customer?user_id=user_a", { token })), ["user_id"]);
  });

  await t.step("POST and GET answer 401 without a token", async () => {
    await readError(await stack.call("stripe-customer"), "unauthenticated");
    await readError(await stack.call("stripe-customer", { method: "POST" }), "unauthenticated");
  });

  await t.step("GET ignores If-None-Match", async () => {
    const headers = { "if-none-match": "*" };
    await readError(await stack.call("stripe-customer", { token, headers }), "customer_not_found");
  });

  await t.step("POST answers 503 with retry-after while Stripe limits the rate", async () => {
    await stack.fault({ path: "/v1/customers", kind: "429", retry_after: 7, times: 3 });
    const response = await call(await signIn("user_limited"), "POST");
    await readError(response, "stripe_unavailable");
    assertEquals(response.headers.get("retry-after"), "7");
    const { level, status, caller, error } = await findLine(stack, response);
    assertEquals([level, status, caller, error], ["error", 503, "user_limited", "stripe_unavailable"]);
    await stack.clearFaults();
  });

  const ACME = { id: "org_acme", slg: "acme", rol: "admin" };
  const signInTo = (o: unknown, claims = {}) => stack.sign({ sub: stack.users.ada, v: 2, o, ...claims });
  const callFor = (token: string, method: "GET" | "POST", owner: string) =>
    method === "GET"
      ? stack.call(`stripe-customer?for=${owner}`, { token })
      : stack.call("stripe-customer", { method, token, body: { for: owner } });

  await t.step("POST for an organization creates its one customer, apart from the caller's own", async () => {
    const admin = await signInTo(ACME);
    await readError(await callFor(admin, "GET", "organization"), "customer_not_found");
    const first = await readAnswer(await callFor(admin, "POST", "organization"), 201, Customer);
    const { customer_id } = first;
    const { metadata } = await stack.stripe.customers.retrieve(customer_id) as { metadata: Record<string, string> };
    assertEquals([metadata.clerk_organization_id, metadata.clerk_user_id], ["org_acme", undefined]);

    const version1 = await stack.sign({ sub: stack.users.alan, org_id: "org_acme", org_role: "org:admin" });
    for (const member of [admin, version1]) {
      const again = await readAnswer(await callFor(member, "POST", "organization"), 200, Customer);
      const found = await readAnswer(await callFor(member, "GET", "organization"), 200, Customer);
      assertEquals([again.customer_id, found.customer_id], [customer_id, customer_id]);
    }
    const own = await readAnswer(await callFor(admin, "POST", "user"), 201, Customer);
    assertEquals(own.customer_id === customer_id, false);
  });

  await t.step("an active organization does not change the default owner, which is the user", async () => {
    const admin = await signInTo(ACME);
    const { customer_id } = await readAnswer(await call(admin, "POST"), 200, Customer);
    const found = await readAnswer(await callFor(await signIn(stack.users.ada), "GET", "user"), 200, Customer);
    assertEquals(found.customer_id, customer_id);
  });

  await t.step("GET and POST for an organization answer 400 without an active organization", async () => {
    for (const o of [undefined, null, {}, "org_acme", { id: "org_acme/x", rol: "admin" }, { rol: "admin" }]) {
      for (const method of ["GET", "POST"] as const) {
        await readError(await callFor(await signInTo(o), method, "organization"), "organization_required");
      }
    }
  });

  await t.step("GET and POST for an organization answer 403 to a role that may not act on billing", async () => {
    await stack.forgetStripeRequests();
    for (const method of ["GET", "POST"] as const) {
      const member = await signInTo({ ...ACME, rol: "member" });
      const { message } = await readError(await callFor(member, method, "organization"), "forbidden");
      assertMatch(message, /"member".+"admin"/);
    }
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("GET and POST refuse any other owner", async () => {
    const admin = await signInTo(ACME);
    for (const owner of ["", "org_acme", "Organization", "both"]) {
      for (const method of ["GET", "POST"] as const) {
        assertEquals(await readProblems(await callFor(admin, method, owner)), ["for"]);
      }
    }
  });

  await testEveryEndpoint(t, stack, {
    name: "stripe-customer",
    methods: ["GET", "POST"],
    token,
    caller: stack.users.ada!,
  });
});
