import { createStripe, emptyState } from "../mod.ts";
import { openAccount, SECRET_KEY } from "../testing/account.ts";
import { assertEquals, assertStringIncludes } from "../testing/assert.ts";

async function list(url: string, headers: HeadersInit) {
  const response = await fetch(`${url}/v1/customers`, { headers });
  return { response, body: await response.json() };
}

Deno.test("the secret key is accepted as a bearer token and as the user name of basic authentication", async () => {
  await using account = openAccount();
  for (const authorization of [`Bearer ${SECRET_KEY}`, `Basic ${btoa(SECRET_KEY + ":")}`]) {
    const { response, body } = await list(account.url, { authorization });
    assertEquals([response.status, body.object], [200, "list"]);
  }
});

Deno.test("a request without a key answers 401 with instructions", async () => {
  await using account = openAccount();
  const { response, body } = await list(account.url, {});
  assertEquals(response.status, 401);
  assertEquals(response.headers.get("www-authenticate"), 'Basic realm="Stripe"');
  assertStringIncludes(body.error.message, "You did not provide an API key.");
  assertEquals(body.error.type, "invalid_request_error");
});

Deno.test("another test key and a live key answer 401 and show the last four characters only", async () => {
  await using account = openAccount();
  for (
    const [key, shown] of [["sk_test_0123456789", "sk_test_******6789"], ["sk_live_0123456789", "sk_live_******6789"]]
  ) {
    const { response, body } = await list(account.url, { authorization: `Bearer ${key}` });
    assertEquals([response.status, body.error.message], [401, `Invalid API Key provided: ${shown}`]);
  }
});

Deno.test("a publishable key answers 403", async () => {
  await using account = openAccount();
  const { response, body } = await list(account.url, { authorization: "Bearer pk_test_0123456789" });
  assertEquals([response.status, body.error.code], [403, "secret_key_required"]);
});

Deno.test("a control call without the key answers 401", async () => {
  await using account = openAccount();
  const response = await fetch(`${account.url}/_local/reset`, { method: "POST" });
  await response.body?.cancel();
  assertEquals(response.status, 401);
});

Deno.test("createStripe with a live key throws", () => {
  let message = "";
  try {
    createStripe(emptyState(), { secretKey: "sk_live_51LocalStripeTests" });
  } catch (error) {
    message = String(error);
  }
  assertStringIncludes(message, "expected a secret test key");
});
