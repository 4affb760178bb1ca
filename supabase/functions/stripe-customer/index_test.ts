import { assertEquals, assertMatch } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError, readProblems } from "../tests/answers.ts";
import { testEveryDoor } from "../tests/every_door.ts";
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
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("POST answers 201 with the customer that it created, then 200 with the same", async () => {
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

  await t.step("nobody is given another user's customer", async () => {
    const alan = await signIn(stack.users.alan);
    const { customer_id } = await readAnswer(await call(alan, "POST"), 201, Customer);
    await readError(await call(await signIn("user_stranger"), "GET"), "customer_not_found");
    const { customer_id: other } = await readAnswer(await call(await signIn("user_stranger"), "POST"), 201, Customer);
    assertEquals(other === customer_id, false);
  });

  await t.step("POST takes nothing from the caller: no user, no email, no customer", async () => {
    const body = { user_id: stack.users.alan, email: "evil@example.com", customer_id: "cus_1" };
    const response = await stack.call("stripe-customer", { method: "POST", token, body });
    assertEquals((await readProblems(response)).sort(), ["customer_id", "email", "user_id"]);
    assertEquals(await readProblems(await stack.call("stripe-customer?user_id=user_a", { token })), ["user_id"]);
  });

  await t.step("POST and GET answer 401 without a token", async () => {
    await readError(await stack.call("stripe-customer"), "unauthenticated");
    await readError(await stack.call("stripe-customer", { method: "POST" }), "unauthenticated");
  });

  await t.step("POST answers a conditional request like any other, because it is personal", async () => {
    const headers = { "if-none-match": "*" };
    await readError(await stack.call("stripe-customer", { token, headers }), "customer_not_found");
  });

  await t.step("POST answers 503 while Stripe refuses, and tells when to ask again", async () => {
    await stack.fault({ path: "/v1/customers", kind: "429", retry_after: 7, times: 3 });
    const response = await call(await signIn("user_limited"), "POST");
    await readError(response, "stripe_unavailable");
    assertEquals(response.headers.get("retry-after"), "7");
    const { level, status, caller, error } = await findLine(stack, response);
    assertEquals([level, status, caller, error], ["error", 503, "user_limited", "stripe_unavailable"]);
    await stack.clearFaults();
  });

  await testEveryDoor(t, stack, {
    name: "stripe-customer",
    methods: ["GET", "POST"],
    token,
    caller: stack.users.ada!,
  });
});
