import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect } from "../lib/database.ts";
import { createTestStack } from "./client.ts";

Deno.test("Two stacks share no user, no Stripe object and no row", async () => {
  await using one = await createTestStack();
  await using two = await createTestStack();
  assertNotEquals(one.url, two.url);
  assertNotEquals(one.users, two.users);

  const customers = async ({ stripe_url, stripe_secret_key }: typeof one, method: string) => {
    const headers = { authorization: `Bearer ${stripe_secret_key}` };
    return await (await fetch(`${stripe_url}/v1/customers`, { method, headers })).json();
  };
  await customers(one, "POST");
  assertEquals((await customers(one, "GET")).data.length, 1);
  assertEquals((await customers(two, "GET")).data.length, 0);

  const sql = connect(one.database_url);
  await sql`insert into stripe_customer_mapping (clerk_user_id, stripe_customer_id) values ('user_x', 'cus_x')`;
  await sql.end();
  const other = connect(two.database_url);
  assertEquals((await other`select from stripe_customer_mapping`).length, 0);
  await other.end();
});

Deno.test("The functions of a stack get the variables that the test sets, and not those that it sets to null", async () => {
  await using open = await createTestStack({ env: { CATALOG_ACCESS: "public" } });
  assertEquals((await fetch(`${open.url}/functions/v1/stripe-products`)).status, 200);
  await using closed = await createTestStack();
  assertEquals((await fetch(`${closed.url}/functions/v1/stripe-products`)).status, 401);
  await using incomplete = await createTestStack({ env: { CATALOG_ACCESS: "public", STRIPE_SECRET_KEY: null } });
  assertEquals((await fetch(`${incomplete.url}/functions/v1/stripe-products`)).status, 503);
  assertStringIncludes(await incomplete.logs(), "STRIPE_SECRET_KEY");
});

Deno.test("A stack with seed has the seed catalog, and another has an empty Stripe", async () => {
  await using full = await createTestStack({ seed: true });
  await using empty = await createTestStack();
  const products = async ({ stripe_url, stripe_secret_key }: typeof full) => {
    const headers = { authorization: `Bearer ${stripe_secret_key}` };
    return (await (await fetch(`${stripe_url}/v1/products`, { headers })).json()).data.length;
  };
  assert(await products(full) > 0);
  assertEquals(await products(empty), 0);
});

Deno.test("A stack with webhook gets Stripe's events, and another has no webhook endpoint", async () => {
  await using wired = await createTestStack({ webhook: true });
  await using plain = await createTestStack();
  const request = async ({ stripe_url, stripe_secret_key }: typeof wired, path: string, method = "GET") => {
    const headers = { authorization: `Bearer ${stripe_secret_key}` };
    return await (await fetch(stripe_url + path, { method, headers })).json();
  };
  const endpoints = async (stack: typeof wired) =>
    (await request(stack, "/v1/webhook_endpoints")).data.map((
      { url, enabled_events }: { url: string; enabled_events: string[] },
    ) => [url, enabled_events]);
  assertEquals(await endpoints(wired), [[`${wired.url}/functions/v1/stripe-webhook`, ["*"]]]);
  assertEquals(await endpoints(plain), []);

  for (const stack of [wired, plain]) await request(stack, "/v1/customers", "POST");
  while ((await request(wired, "/_local/deliveries")).sent === 0) await new Promise((resume) => setTimeout(resume, 5));
  assertEquals((await request(plain, "/_local/deliveries")).sent, 0);
});

Deno.test("A function has an address of its own, and starts again after a kill", async () => {
  await using stack = await createTestStack();
  const pid = await stack.pid("health");
  const answer = await fetch(`${await stack.address("health")}/health`);
  await answer.body?.cancel();
  assertEquals(answer.status, 200);
  await stack.kill("health");
  assertNotEquals(await stack.pid("health"), pid);
  await assertRejects(() => stack.address("unknown"), Error, "answered 404");
});
