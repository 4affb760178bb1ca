import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createClerkClient } from "@clerk/backend";
import { environmentOf } from "../../lib/environment.ts";
import { functionEnvironment } from "../../lib/function_environment.ts";
import { stripeKeyOf } from "../../../supabase/functions/_shared/contract/stripe_key.ts";
import { build } from "./build.ts";
import { functionNames } from "./sources.ts";
import { startTestStack, type TestStack } from "../testing/test_stack.ts";
import { serveBundle } from "../testing/serve_bundle.ts";

const { folder, functions } = await build("build_test");

function textOf(name: string): string {
  const built = functions.find((each) => each.name === name);
  assert(built !== undefined);
  return Deno.readTextFileSync(`${folder}/${built.entrypoint}`);
}

const environment = ({ url, stripe_url, clerk_url }: TestStack) =>
  functionEnvironment(environmentOf({}, "the test"), { url, stripeUrl: stripe_url, clerkUrl: clerk_url });

async function signIn({ clerk_url, clerk_secret_key, users }: TestStack): Promise<string> {
  const clerk = createClerkClient({ apiUrl: clerk_url, secretKey: clerk_secret_key, telemetry: { disabled: true } });
  const session = await clerk.sessions.createSession({ userId: Object.values(users)[0] ?? "" });
  return (await clerk.sessions.getToken(session.id)).jwt;
}

/** The parts of an answer that are equal for equal requests. */
async function answer(url: string, init: RequestInit) {
  const headersSent = new Headers(init.headers);
  // Like the gateway.
  headersSent.set("accept-encoding", "identity");
  const response = await fetch(url, { ...init, headers: headersSent });
  const body = (await response.text()).replaceAll(/"request_id":"[^"]+"/g, `"request_id":"…"`);
  const headers = [...response.headers].filter(([name]) => !["date", "x-request-id", "content-length"].includes(name));
  return { status: response.status, body, headers: Object.fromEntries(headers) };
}

Deno.test("Every function's bundle on the platform's Deno answers exactly like its source", async () => {
  await using stack = await startTestStack({ seed: true });
  const authorization = `Bearer ${await signIn(stack)}`;
  const origin = "http://localhost:3000";
  const calls: [string, RequestInit][] = [
    ["", { method: "OPTIONS", headers: { origin } }],
    ["", { method: "GET" }],
    ["", { method: "DELETE" }],
    ["", { method: "GET", headers: { authorization, origin } }],
    ["?nonsense=1", { method: "GET", headers: { authorization } }],
    ["?limit=2", { method: "GET", headers: { authorization } }],
    ["", { method: "POST", headers: { authorization } }],
    ["/elsewhere", { method: "GET", headers: { authorization } }],
  ];
  for (const name of functionNames()) {
    await using bundle = await serveBundle(name, textOf(name), environment(stack));
    for (const [path, init] of calls) {
      const source = await answer(`${stack.url}/functions/v1/${name}${path}`, init);
      const bundled = await answer(bundle.url + path, init);
      // The call of the source created the customer.
      if (source.status === 201) {
        assertEquals(bundled.status, 200);
        assertEquals(JSON.parse(bundled.body).customer_id, JSON.parse(source.body).customer_id);
      } else assertEquals(bundled, source, `${init.method} ${name}${path}`);
    }
  }
});

Deno.test("Stripe's SDK in a bundle is evaluated by the first call that needs it, not before", async () => {
  await using stack = await startTestStack();
  const headers = { authorization: `Bearer ${await signIn(stack)}` };
  const text = textOf("stripe-customer");
  const instrumented = text.replace(/=("\d{4}-\d\d-\d\d\.[a-z]+")/, `=(console.info("evaluated"),$1)`);
  assertNotEquals(instrumented, text, "The SDK contains the API version");
  const env = environment(stack);
  // The first call with a key that the database does not know reads the account.
  await stack.sql(
    `select confirm_account('acct_1LocalStripe00000', '${await stripeKeyOf(env.STRIPE_SECRET_KEY ?? "")}')`,
  );
  await using bundle = await serveBundle("stripe-customer", instrumented, env);

  assertEquals((await answer(bundle.url, { headers })).status, 404);
  assertEquals((await answer(bundle.url, { method: "POST", headers })).status, 201);
  const events = () =>
    bundle.lines.filter((line) => line !== "").map((line) => line.startsWith("{") ? JSON.parse(line).status : line);
  while (!events().includes(201)) await new Promise((resume) => setTimeout(resume, 10));
  assertEquals(events(), [404, "evaluated", 201]);
});
