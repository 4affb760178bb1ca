/** `npm run serve` against the database and the emulators of a stack. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createTestStack, ORIGIN, type TestStack } from "../testbed/client.ts";
import { launch } from "../testbed/launched.ts";
import { DATABASES, serverVariables, type Variables, writeVariables } from "./testing/server_variables.ts";

/** Starts a server, and waits until it listens. */
async function serve(variables: Variables & { PORT: string }) {
  const file = writeVariables(variables);
  const server = launch("serve", ["--env-file", file]);
  await server.prints("Listening on");
  await Deno.remove(file);
  const url = `http://127.0.0.1:${variables.PORT}`;
  return {
    url,
    prints: server.prints,
    kill: server.kill,
    ended: server.ended,
    call: (path: string, token?: string, body?: unknown) =>
      fetch(`${url}/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          origin: ORIGIN,
          ...token && { authorization: `Bearer ${token}` },
          ...body !== undefined && { "content-type": "application/json" },
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type Server = Awaited<ReturnType<typeof serve>>;

/** Calls until the answer has this status. */
async function until(status: number, call: () => Promise<Response>): Promise<any> {
  for (;;) {
    const response = await call();
    const body = await response.json();
    if (response.status === status) return body;
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

async function pay(url: string): Promise<void> {
  const entered = new URLSearchParams({ action: "pay", method: "visa" });
  await (await fetch(url, { method: "POST", body: entered, redirect: "manual" })).body?.cancel();
}

/** A webhook endpoint at Stripe that names the server. @returns Its signing secret */
async function createWebhook({ stripe_url, stripe_secret_key }: TestStack, url: string): Promise<string> {
  const response = await fetch(`${stripe_url}/v1/webhook_endpoints`, {
    method: "POST",
    headers: { authorization: `Bearer ${stripe_secret_key}` },
    body: new URLSearchParams({ url, "enabled_events[]": "*" }),
  });
  return (await response.json()).secret;
}

async function refusesConnections({ call }: Server): Promise<boolean> {
  return await call("ready").then(async (response) => (await response.body?.cancel(), false), () => true);
}

for (const [name, transport] of Object.entries(DATABASES)) {
  Deno.test(`npm run serve over ${name}`, async (t) => {
    await using stack = await createTestStack({ seed: true });
    const variables = serverVariables(stack, transport);
    const STRIPE_WEBHOOK_SECRET = await createWebhook(stack, `http://127.0.0.1:${variables.PORT}/stripe-webhook`);
    await using server = await serve({ ...variables, STRIPE_WEBHOOK_SECRET });
    const ada = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });

    await t.step("health and readiness answer 200", async () => {
      const health = await (await server.call("health")).json();
      assertEquals(Object.entries(health.configured).filter(([, isConfigured]) => !isConfigured), []);
      assertEquals(await (await server.call("ready")).json(), { status: "ready" });
    });

    await t.step(
      "a call is answered with and without the prefix of the platform, and a stranger is refused",
      async () => {
        await until(200, () => server.call("stripe-products?limit=2", ada));
        const pages = await Promise.all(
          ["stripe-products?limit=2", "functions/v1/stripe-products?limit=2"].map((path) => server.call(path, ada)),
        );
        const [first, second] = await Promise.all(pages.map((page) => page.json()));
        assertEquals([first.data.length, second], [2, first]);
        assertEquals(pages[0]!.headers.get("access-control-allow-origin"), ORIGIN);
        assertEquals((await server.call("stripe-customer")).status, 401);
      },
    );

    await t.step("a purchase is paid, its webhook reaches the server, and the timer calls the reconcile", async () => {
      const { url } = await until(201, () =>
        server.call("stripe-checkout", ada, {
          price: "starter_monthly",
          success_url: `${ORIGIN}/thanks`,
          cancel_url: `${ORIGIN}/plans`,
        }));
      await pay(url);
      for (let status = ""; status !== "active";) {
        status = (await (await server.call("stripe-subscription", ada)).json()).status;
      }
      await server.prints('"function":"stripe-webhook"');
      const output = await server.prints('"function":"stripe-reconcile"');
      assertStringIncludes(output, '"caller":"scheduler"');
    });

    await t.step("an invalid host costs its sender the answer only", async () => {
      for (const path of ["/ready", "/health", "/stripe-products"]) {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(variables.PORT) });
        await connection.write(
          new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n`),
        );
        const answer = await new Response(connection.readable).text();
        assertMatch(answer, /^HTTP\/1\.1 [24]\d\d /, path);
      }
      assertEquals((await server.call("health")).status, 200);
    });

    await t.step("a body over the limit is refused, also when its length is sent twice", async () => {
      const body = "x".repeat(5_000_000), length = `content-length: ${body.length}`;
      for (const lengths of [[length], [length, length]]) {
        const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(variables.PORT) });
        const head = ["POST /stripe-webhook HTTP/1.1", "host: a", "connection: close", ...lengths];
        const request = ReadableStream.from([`${head.join("\r\n")}\r\n\r\n${body}`]);
        const [answer] = await Promise.all([
          new Response(connection.readable).text(),
          request.pipeThrough(new TextEncoderStream()).pipeTo(connection.writable, { preventClose: true }),
        ]);
        assert(answer.startsWith("HTTP/1.1 413"), answer);
      }
    });

    await t.step("readiness follows the database, and health does not", async () => {
      await stack.stopDatabase();
      assertEquals(await until(503, () => server.call("ready")), { status: "database_unavailable" });
      assertEquals((await server.call("health")).status, 200);
      await stack.startDatabase();
      assertEquals(await until(200, () => server.call("ready")), { status: "ready" });
    });

    await t.step("on SIGTERM it answers what is in progress, ends background work, and exits with 0", async () => {
      await stack.fault({ method: "GET", path: "/v1/events", latency_ms: 1_500, times: 1 });
      const started = await until(202, () => server.call("stripe-reconcile", stack.reconcile_secret, {}));
      assertEquals(started, { state: "started" });
      await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 1_000 });
      const grace = server.call(
        "stripe-customer",
        await stack.sign({ sub: stack.users.grace, exp: Math.floor(Date.now() / 1_000) + 3_600 }),
        {},
      );
      while (!(await stack.stripeRequests()).includes("POST /v1/customers")) {
        await new Promise((resume) => setTimeout(resume, 20));
      }

      server.kill("SIGTERM");
      assertEquals((await grace).status, 201);
      const { code, output } = await server.ended;
      assertEquals(code, 0, output);
      assert(await refusesConnections(server));
      assertStringIncludes(output, "Stopping on SIGTERM");
      // The run has given up its lease.
      const run = await stack.call("stripe-reconcile", {
        method: "POST",
        token: stack.reconcile_secret,
        body: { wait: true },
      });
      assert((await run.json()).state !== "busy");
      for (
        const secret of [
          STRIPE_WEBHOOK_SECRET,
          ...Object.values(variables).filter((value) => /^(sk|rk)_/.test(value)),
        ]
      ) {
        assert(!output.includes(secret));
      }
    });
  });
}

Deno.test("npm run serve names what is missing, without a value, and does not start", async () => {
  const file = writeVariables({ STRIPE_SECRET_KEY: "a_wrong_key", PORT: "0" });
  const { code, output } = await launch("serve", ["--env-file", file]).ended;
  await Deno.remove(file);
  assertEquals(code, 1);
  for (
    const part of [
      "STRIPE_SECRET_KEY is not a Stripe secret key",
      "CLERK_PUBLISHABLE_KEY is missing",
      "SUPABASE_URL is missing",
      "The database is set by DATABASE_URL, or by",
      "RECONCILE_SECRET is missing",
      "Not started",
    ]
  ) {
    assertStringIncludes(output, part);
  }
  assertEquals(output.includes("a_wrong_key"), false);
});

Deno.test("npm run serve refuses a file that does not exist", async () => {
  const { code, output } = await launch("serve", ["--env-file", "/none/.env"]).ended;
  assertEquals([code, output], [1, 'There is no file "/none/.env"\n']);
});

Deno.test("a server that stops", async (t) => {
  await using stack = await createTestStack();
  const variables = serverVariables(stack, "data_api");

  await t.step("accepts requests for STOP_DELAY_SECONDS, and answers /ready with 503", async () => {
    await using server = await serve({ ...variables, STOP_DELAY_SECONDS: "3" });
    server.kill("SIGTERM");
    await server.prints("Stopping on SIGTERM");
    assertEquals(await until(503, () => server.call("ready")), { status: "stopping" });
    assertEquals((await server.call("health")).status, 200);
    assertEquals((await server.ended).code, 0);
  });

  await t.step("ends at once on a second signal, with 1", async () => {
    await stack.fault({ method: "POST", path: "/v1/customers", latency_ms: 60_000 });
    await using server = await serve(variables);
    const call = server.call("stripe-customer", await stack.signIn("ada"), {}).catch(() => undefined);
    while (!(await stack.stripeRequests()).includes("POST /v1/customers")) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
    server.kill("SIGINT");
    await server.prints("Stopping on");
    // Signals within one second count as one.
    await new Promise((resume) => setTimeout(resume, 1_100));
    server.kill("SIGINT");
    const { code, output } = await server.ended;
    assertEquals(code, 1);
    assertStringIncludes(output, "Stopped by a second");
    await call;
  });
});
