import { assertEquals, assertStringIncludes } from "../testing/assert.ts";
import { createStripe, emptyState } from "../mod.ts";
import { openAccount, SECRET_KEY } from "../testing/account.ts";

async function ask(url: string, headers: HeadersInit) {
  const response = await fetch(`${url}/v1/customers`, { headers });
  return { response, body: await response.json() };
}

Deno.test("the secret key opens the account as a bearer token and as the user of basic authentication", async () => {
  await using account = openAccount();
  for (const authorization of [`Bearer ${SECRET_KEY}`, `Basic ${btoa(SECRET_KEY + ":")}`]) {
    const { response, body } = await ask(account.url, { authorization });
    assertEquals([response.status, body.object], [200, "list"]);
  }
});

Deno.test("a request without a key is a 401 that says how to send one", async () => {
  await using account = openAccount();
  const { response, body } = await ask(account.url, {});
  assertEquals(response.status, 401);
  assertEquals(response.headers.get("www-authenticate"), 'Basic realm="Stripe"');
  assertStringIncludes(body.error.message, "You did not provide an API key.");
  assertEquals(body.error.type, "invalid_request_error");
});

Deno.test("another test key and a live key are a 401 that shows the last four characters only", async () => {
  await using account = openAccount();
  for (
    const [key, shown] of [["sk_test_0123456789", "sk_test_******6789"], ["sk_live_0123456789", "sk_live_******6789"]]
  ) {
    const { response, body } = await ask(account.url, { authorization: `Bearer ${key}` });
    assertEquals([response.status, body.error.message], [401, `Invalid API Key provided: ${shown}`]);
  }
});

Deno.test("a publishable key is a 403", async () => {
  await using account = openAccount();
  const { response, body } = await ask(account.url, { authorization: "Bearer pk_test_0123456789" });
  assertEquals([response.status, body.error.code], [403, "secret_key_required"]);
});

Deno.test("the control calls ask for the same key", async () => {
  await using account = openAccount();
  const response = await fetch(`${account.url}/_local/reset`, { method: "POST" });
  await response.body?.cancel();
  assertEquals(response.status, 401);
});

Deno.test("a local Stripe does not open with a live key", () => {
  let message = "";
  try {
    createStripe(emptyState(), { secretKey: "sk_live_51LocalStripeTests" });
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(message, "Pass a secret test key");
});
