import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { connect } from "../stack/postgres.ts";
import { createTestStack } from "./client.ts";

Deno.test("Two stacks know nothing of each other", async () => {
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

Deno.test("A stack gives its functions what the test sets, and takes away what it sets to null", async () => {
  await using open = await createTestStack({ env: { CATALOG_ACCESS: "public" } });
  assertEquals((await fetch(`${open.url}/functions/v1/stripe-products`)).status, 200);
  await using closed = await createTestStack();
  assertEquals((await fetch(`${closed.url}/functions/v1/stripe-products`)).status, 401);
  await using poor = await createTestStack({ env: { CATALOG_ACCESS: "public", STRIPE_SECRET_KEY: null } });
  assertEquals((await fetch(`${poor.url}/functions/v1/stripe-products`)).status, 503);
  assertStringIncludes(await (await poor.bench("logs")).text(), "STRIPE_SECRET_KEY");
});

Deno.test("A seeded stack has the catalog, another an empty Stripe", async () => {
  await using full = await createTestStack({ seed: true });
  await using empty = await createTestStack();
  const products = async ({ stripe_url, stripe_secret_key }: typeof full) => {
    const headers = { authorization: `Bearer ${stripe_secret_key}` };
    return (await (await fetch(`${stripe_url}/v1/products`, { headers })).json()).data.length;
  };
  assert(await products(full) > 0);
  assertEquals(await products(empty), 0);
});

Deno.test("A stack that wants it gets Stripe's events at its function, another has no endpoint", async () => {
  await using wired = await createTestStack({ webhook: true });
  await using plain = await createTestStack();
  const ask = async ({ stripe_url, stripe_secret_key }: typeof wired, path: string, method = "GET") => {
    const headers = { authorization: `Bearer ${stripe_secret_key}` };
    return await (await fetch(stripe_url + path, { method, headers })).json();
  };
  const endpoints = async (stack: typeof wired) =>
    (await ask(stack, "/v1/webhook_endpoints")).data.map((
      { url, enabled_events }: { url: string; enabled_events: string[] },
    ) => [url, enabled_events]);
  assertEquals(await endpoints(wired), [[`${wired.url}/functions/v1/stripe-webhook`, ["*"]]]);
  assertEquals(await endpoints(plain), []);

  for (const stack of [wired, plain]) await ask(stack, "/v1/customers", "POST");
  while ((await ask(wired, "/_local/deliveries")).sent === 0) await new Promise((resume) => setTimeout(resume, 5));
  assertEquals((await ask(plain, "/_local/deliveries")).sent, 0);
});

Deno.test("A function is reached directly, killed, and started again by the next call", async () => {
  await using stack = await createTestStack();
  const { url, pid } = await (await stack.bench("functions/health")).json();
  const answer = await fetch(`${url}/health`);
  await answer.body?.cancel();
  assertEquals(answer.status, 200);
  assertEquals((await stack.bench("functions/health/kill", "POST")).status, 204);
  assertNotEquals((await (await stack.bench("functions/health")).json()).pid, pid);
  assertEquals((await stack.bench("functions/nobody")).status, 404);
});
