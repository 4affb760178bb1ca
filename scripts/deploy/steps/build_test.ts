import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createClerkClient } from "@clerk/backend";
import { environmentOf } from "../../lib/environment.ts";
import { functionEnvironment } from "../../lib/function_environment.ts";
import { build } from "./build.ts";
import { functionNames } from "../../lib/functions.ts";
import { startTestStack, type TestStack } from "../testing/test_stack.ts";
import { serveBundle } from "../testing/serve_bundle.ts";

const { folder, functions } = await build("build_test", { driver: false });

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
  await using stack = await startTestStack({ seed: true, sources: true });
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

/** The functions whose bundle has this text. */
const functionsWith = (text: string) => functionNames().filter((name) => textOf(name).includes(text));

Deno.test("The functions that change nothing at Stripe have no code of its SDK", () => {
  const others = ["health", "stripe-invoices", "stripe-prices", "stripe-products", "stripe-webhook"];
  assertEquals(functionsWith("NodeBindings"), functionNames().filter((name) => !others.includes(name)));
});

Deno.test("A function has the database driver only when it is deployed with DATABASE_URL", async () => {
  const marker = "SCRAM-SHA-256";
  assertEquals(functionsWith(marker), []);
  const withDriver = await build("build_test_driver", { driver: true });
  const { entrypoint } = withDriver.functions.find(({ name }) => name === "stripe-products")!;
  assert(Deno.readTextFileSync(`${withDriver.folder}/${entrypoint}`).includes(marker));
});

Deno.test("A function without the database driver that finds DATABASE_URL answers 503", async () => {
  await using stack = await startTestStack();
  const headers = { authorization: `Bearer ${await signIn(stack)}` };
  const DATABASE_URL = "postgres://billing_server:secret@localhost/postgres";
  await using bundle = await serveBundle("stripe-customer", textOf("stripe-customer"), {
    ...environment(stack),
    DATABASE_URL,
  });
  const { status, body } = await answer(bundle.url, { headers });
  assertEquals([status, JSON.parse(body).error.code], [503, "not_configured"]);
});

Deno.test("Stripe's SDK in a bundle is evaluated by the first call that needs it, not before", async () => {
  await using stack = await startTestStack();
  const headers = { authorization: `Bearer ${await signIn(stack)}` };
  const text = textOf("stripe-customer");
  const instrumented = text.replace(/=("\d{4}-\d\d-\d\d\.[a-z]+")/, `=(console.info("evaluated"),$1)`);
  assertNotEquals(instrumented, text, "The SDK contains the API version");
  await using bundle = await serveBundle("stripe-customer", instrumented, environment(stack));

  assertEquals((await answer(bundle.url, { headers })).status, 404);
  assertEquals((await answer(bundle.url, { method: "POST", headers })).status, 201);
  const events = () =>
    bundle.lines.filter((line) => line !== "").map((line) => line.startsWith("{") ? JSON.parse(line).status : line);
  while (!events().includes(201)) await new Promise((resume) => setTimeout(resume, 10));
  assertEquals(events(), [404, "evaluated", 201]);
});
