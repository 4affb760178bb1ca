/** Missing or invalid variables: the functions refuse, and only the log names the variable. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { Health } from "../_shared/contract/health.ts";
import { readAnswer, readError, readText } from "./answers.ts";
import { deliver, makeEvent } from "./events.ts";
import { findReason } from "./log_lines.ts";
import { callReconcile } from "./reconcile_run.ts";
import { ORIGIN, type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

/** The answer is a 503 that names no variable. The log names these variables without a value. */
async function assertNotConfigured(stack: Stack, response: Response, named: string[], origin: string | null = ORIGIN) {
  const error = await readError(response, "not_configured", { origin });
  assertEquals(response.headers.get("retry-after"), "60");
  const reason = await findReason(stack, response);
  for (const name of named) {
    assertStringIncludes(reason, name);
    assertEquals(JSON.stringify(error).includes(name), false, `The answer names ${name}`);
  }
}

/** Health reports exactly these parts as not configured. */
async function assertUnhealthy(stack: Stack, parts: (keyof Health["configured"])[], origin: string | null = ORIGIN) {
  const response = await stack.call("health");
  const { configured } = Health.parse(JSON.parse(await readText(response, 200, { origin })));
  const down = Object.entries(configured).filter(([, sound]) => !sound).map(([part]) => part);
  assertEquals(down.sort(), parts.sort());
}

interface Case {
  what: string;
  env: Record<string, string | null>;
  /** Calls of a user, each with the variables that the log names. */
  calls: [method: "GET" | "POST", path: string, ...named: string[]][];
  /** The parts that health reports as not configured. */
  parts: (keyof Health["configured"])[];
}

const CASES: Case[] = [
  {
    what: "missing variables",
    env: { STRIPE_SECRET_KEY: null, SUPABASE_SECRET_KEYS: " " },
    calls: [
      ["POST", "stripe-customer", "STRIPE_SECRET_KEY is missing"],
      ["GET", "stripe-customer", "SUPABASE_SECRET_KEYS is missing"],
      ["GET", "stripe-products", "SUPABASE_SECRET_KEYS is missing"],
    ],
    parts: ["stripe", "database"],
  },
  {
    what: "invalid variables, and a live key with an emulator's address",
    env: {
      STRIPE_SECRET_KEY: "sk_live_s3cret",
      SUPABASE_URL: "s3cret",
      SUPABASE_SECRET_KEYS: "s3cret",
      CATALOG_ACCESS: "s3cret",
      CATALOG_REFRESH_SECONDS: "0",
    },
    calls: [
      ["POST", "stripe-customer", "STRIPE_API_URL"],
      ["GET", "stripe-customer", "SUPABASE_URL", "SUPABASE_SECRET_KEYS"],
      ["GET", "stripe-products", "CATALOG_ACCESS", "CATALOG_REFRESH_SECONDS"],
    ],
    parts: ["stripe", "database", "catalog"],
  },
  {
    what: "missing Clerk variables",
    env: { CLERK_PUBLISHABLE_KEY: null, CLERK_SECRET_KEY: "" },
    calls: [["GET", "stripe-customer", "CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY", "CLERK_JWT_KEY"]],
    parts: ["clerk"],
  },
  {
    what: "invalid Clerk variables",
    env: {
      CLERK_PUBLISHABLE_KEY: "pk_test_s3cret",
      CLERK_SECRET_KEY: "s3cret",
      CLERK_ISSUER: "s3cret",
      CLERK_API_URL: "s3cret",
    },
    calls: [[
      "GET",
      "stripe-customer",
      "CLERK_PUBLISHABLE_KEY",
      "CLERK_SECRET_KEY",
      "CLERK_ISSUER",
      "CLERK_API_URL",
    ]],
    parts: ["clerk"],
  },
  {
    what: "a public key that cannot be imported",
    env: { CLERK_JWT_KEY: "-----BEGIN PUBLIC KEY-----\ns3cret\n-----END PUBLIC KEY-----" },
    calls: [["GET", "stripe-customer", "CLERK_JWT_KEY"], ["GET", "stripe-products", "CLERK_JWT_KEY"]],
    parts: ["clerk"],
  },
  {
    what: "a public key without its header",
    env: { CLERK_JWT_KEY: "s3cret" },
    calls: [["POST", "stripe-customer", "CLERK_JWT_KEY"]],
    parts: ["clerk"],
  },
  {
    what: "authorized parties that are no origins",
    env: { CLERK_AUTHORIZED_PARTIES: "https://s3cret/path" },
    calls: [["GET", "stripe-customer", "CLERK_AUTHORIZED_PARTIES"]],
    parts: ["origins"],
  },
  {
    what: "a secret key that Clerk refuses",
    env: { CLERK_SECRET_KEY: "sk_test_s3cret" },
    calls: [["GET", "stripe-customer", "CLERK_SECRET_KEY"]],
    parts: [],
  },
  {
    what: "publishable keys that are not JSON",
    env: { SUPABASE_PUBLISHABLE_KEYS: "s3cret" },
    calls: [["GET", "stripe-customer", "SUPABASE_PUBLISHABLE_KEYS"]],
    parts: ["database"],
  },
];

for (const { what, env, calls, parts } of CASES) {
  Deno.test(`A project with ${what} answers 503 where they are needed, and the log names them`, async () => {
    await using stack = await startStack(env);
    for (const [method, path, ...named] of calls) {
      await assertNotConfigured(stack, await stack.call(path, { method, token: await stack.sign() }), named);
    }
    await assertUnhealthy(stack, parts);
    assertEquals((await stack.logs()).includes("s3cret"), false);
    assertEquals(await stack.stripeRequests(), []);
  });
}

/** A missing secret, an invalid one, and a list with an invalid secret; env_test.ts has all invalid values. */
const WRONG_SECRETS: { STRIPE_WEBHOOK_SECRET: string | null; RECONCILE_SECRET: string | null }[] = [
  { STRIPE_WEBHOOK_SECRET: null, RECONCILE_SECRET: null },
  { STRIPE_WEBHOOK_SECRET: "whsec_s3cret", RECONCILE_SECRET: "s3crets3crets3crets3crets3cretß" },
  { STRIPE_WEBHOOK_SECRET: "whsec_s3crets3crets3cret,whsec_s3cret", RECONCILE_SECRET: "s3crets3crets3crets3cret" },
];

Deno.test("A project with invalid secrets of webhook and reconcile refuses both, names them in the log, and serves the rest", async () => {
  for (const env of WRONG_SECRETS) {
    await using stack = await startStack(env);
    const event = makeEvent("product.updated", { id: "prod_1", object: "product" });
    const given = env.STRIPE_WEBHOOK_SECRET?.split(",")[0] || "whsec_none";
    // Also with a secret that is part of an invalid list.
    const responses = await Promise.all([
      deliver(stack, event, { secret: given }),
      deliver(stack, event, { secret: env.STRIPE_WEBHOOK_SECRET || "whsec_none" }),
      deliver(stack, event, { secret: given, headers: { "stripe-signature": "" } }),
    ]);
    for (const response of responses) await assertNotConfigured(stack, response, ["STRIPE_WEBHOOK_SECRET"]);
    for (const token of [encodeURI(env.RECONCILE_SECRET ?? ""), stack.publishable_key, ""]) {
      await assertNotConfigured(stack, await callReconcile(stack, {}, token), ["RECONCILE_SECRET"]);
    }
    await assertUnhealthy(stack, ["webhook", "reconcile"]);
    await readAnswer(await stack.call("stripe-customer", { method: "POST", token: await stack.sign() }), 201, Customer);
    assertEquals((await stack.sql`select from billing.webhook_events`).length, 0);
    assertEquals((await stack.logs()).includes("s3cret"), false);
  }
});

Deno.test("stripe-webhook without Stripe's or the database's key answers 503 and requests nothing", async () => {
  await using stack = await startStack({ STRIPE_SECRET_KEY: null });
  const event = makeEvent("product.updated", { id: "prod_1", object: "product" });
  await assertNotConfigured(stack, await deliver(stack, event), ["STRIPE_SECRET_KEY"]);
  await assertNotConfigured(stack, await callReconcile(stack), ["STRIPE_SECRET_KEY"]);
  await using other = await startStack({ SUPABASE_SECRET_KEYS: null });
  await assertNotConfigured(other, await deliver(other, event), ["SUPABASE_SECRET_KEYS"]);
  await assertNotConfigured(other, await callReconcile(other), ["SUPABASE_SECRET_KEYS"]);
  assertEquals(await other.stripeRequests(), []);
});

Deno.test("A key that Stripe refuses creates nothing, and the log names the variable", async () => {
  await using stack = await startStack({ STRIPE_SECRET_KEY: "sk_test_another" });
  const token = await stack.sign();
  const customer = await stack.call("stripe-customer", { method: "POST", token });
  await assertNotConfigured(stack, customer, ["STRIPE_SECRET_KEY"]);
  await assertNotConfigured(stack, await stack.call("stripe-products", { token }), ["STRIPE_SECRET_KEY"]);
  const event = makeEvent("product.updated", { id: "prod_1", object: "product" });
  await assertNotConfigured(stack, await deliver(stack, event), ["STRIPE_SECRET_KEY"]);
  await assertNotConfigured(stack, await callReconcile(stack), ["STRIPE_SECRET_KEY"]);
  // Not even the event: Stripe sends it again.
  assertEquals((await stack.sql`select from billing.webhook_events`).length, 0);
});

Deno.test("A key that the Data API refuses answers 503, and the log names the variable", async () => {
  for (const key of ["sb_secret_another", "sb_publishable_local"]) {
    await using stack = await startStack({ SUPABASE_SECRET_KEYS: JSON.stringify({ default: key }) });
    const response = await stack.call("stripe-customer", { token: await stack.sign() });
    await assertNotConfigured(stack, response, ["SUPABASE_SECRET_KEYS"]);
  }
});

Deno.test("Trap 22: a database of the other mode or of another account answers not_configured to every call", async () => {
  await using stack = await startStack();
  const call = async (method: string, path: string) => stack.call(path, { method, token: await stack.sign() });
  const { sql } = stack;

  await sql`insert into billing.deployment (livemode, stripe_account) values (false, 'acct_another')`;
  await assertNotConfigured(stack, await call("POST", "stripe-customer"), ["another Stripe account"]);
  await assertNotConfigured(stack, await call("GET", "stripe-products"), ["another Stripe account"]);
  await assertNotConfigured(stack, await call("GET", "stripe-customer"), ["another Stripe account"]);
  await assertNotConfigured(stack, await call("GET", "stripe-prices"), ["another Stripe account"]);
  const event = makeEvent("product.updated", { id: "prod_1", object: "product" });
  await assertNotConfigured(stack, await deliver(stack, event), ["another Stripe account"]);
  await assertNotConfigured(stack, await callReconcile(stack), ["another Stripe account"]);
  await assertNotConfigured(stack, await callReconcile(stack, { backfill: true }), ["another Stripe account"]);
  assertEquals(await sql`select from billing.mirror`.then(({ length }) => length), 0);
  for (const table of ["billing.webhook_events", "billing.jobs", "stripe_customer_mapping"]) {
    assertEquals((await sql`select from ${sql(table)}`).length, 0, table);
  }
  // Nothing is created, listed or fetched at Stripe, and each process reads its account once.
  assertEquals(await stack.stripeRequests(), Array(5).fill("GET /v1/account"));

  await sql`update billing.deployment set livemode = true where not livemode`;
  for (const [method, path] of [["GET", "stripe-customer"], ["POST", "stripe-customer"], ["GET", "stripe-prices"]]) {
    await assertNotConfigured(stack, await call(method!, path!), ["live mode"]);
  }
  await assertNotConfigured(stack, await deliver(stack, makeEvent("product.updated", { id: "prod_2" })), ["live mode"]);
  await assertNotConfigured(stack, await callReconcile(stack), ["live mode"]);
});

Deno.test("An entry of ALLOWED_ORIGINS that is no origin is left out and named in the log, and the others are used", async () => {
  for (const [entries, origin] of [["*", null], [`${ORIGIN}/,${ORIGIN},https://*.vercel.app`, ORIGIN]] as const) {
    await using stack = await startStack({ ALLOWED_ORIGINS: entries });
    await assertUnhealthy(stack, ["origins"], origin);
    assertEquals(await readText(await stack.call("health", { method: "OPTIONS" }), 204, { origin }), "");
    const headers = { origin: "https://my-app.vercel.app" };
    await readError(await stack.call("health/sub", { headers }), "not_found", { origin: null });
    const log = await until(
      async () => (await stack.logs()).match(/.*Entries that are no origins.*/)?.[0],
      "the warning",
    );
    assertStringIncludes(log, "ALLOWED_ORIGINS");
    assertEquals(log.includes(entries), false);

    // A token of a good entry is accepted. One of another origin may be meant by the entry that cannot be used.
    const call = (token: string) => stack.call("stripe-customer", { token });
    if (origin !== null) await readError(await call(await stack.sign()), "customer_not_found");
    const other = await call(await stack.sign({ azp: "https://my-app.vercel.app" }));
    await readError(other, "not_configured", { origin });
    assertStringIncludes(await findReason(stack, other), "ALLOWED_ORIGINS");
  }
});

Deno.test("Apps with a scheme of their own call the functions, by CORS and by azp", async () => {
  const apps = ["capacitor://localhost", "tauri://localhost", "https://localhost", "chrome-extension://abcdefgh"];
  await using stack = await startStack({ ALLOWED_ORIGINS: apps.join(",") });
  await assertUnhealthy(stack, [], null);
  for (const origin of apps) {
    const token = await stack.sign({ azp: origin });
    await readError(await stack.call("stripe-customer", { token, headers: { origin } }), "customer_not_found", {
      origin,
    });
  }
});

Deno.test("A missing ALLOWED_ORIGINS allows no origin and accepts no token with an azp", async () => {
  await using stack = await startStack({ ALLOWED_ORIGINS: null });
  await assertUnhealthy(stack, [], null);
  const call = (token: string) => stack.call("stripe-customer", { token });
  const page = await call(await stack.sign());
  await readError(page, "unauthenticated", { origin: null });
  assertStringIncludes(await findReason(stack, page), "azp");
  await readError(await call(await stack.sign({ azp: undefined })), "customer_not_found", { origin: null });
});

Deno.test("A project with only the legacy service key creates customers and is healthy", async () => {
  await using stack = await startStack({
    SUPABASE_SECRET_KEYS: null,
    SUPABASE_PUBLISHABLE_KEYS: null,
    SUPABASE_SERVICE_ROLE_KEY: "sb_secret_local",
  });
  const response = await stack.call("stripe-customer", { method: "POST", token: await stack.sign() });
  await readAnswer(response, 201, Customer);
  await assertUnhealthy(stack, []);
});
