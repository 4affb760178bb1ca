/** The groups remember their settings, so each case reads the environment in a module of its own. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type * as Env from "./env.ts";
import type { AppError } from "./errors.ts";

const PEM = "-----BEGIN PUBLIC KEY-----\\nMIIB\\n-----END PUBLIC KEY-----";

let copies = 0;
async function withEnv(variables: Record<string, string>): Promise<typeof Env> {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(STRIPE|CLERK|SUPABASE|ALLOWED|CATALOG)_/.test(name)) Deno.env.delete(name);
  }
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return await import(`./env.ts?copy=${++copies}`);
}

/** What the log is told when these variables are set. */
async function complaint(group: keyof typeof Env, variables: Record<string, string>): Promise<string> {
  const env = await withEnv(variables);
  const error = assertThrows(() => (env[group] as () => unknown)()) as AppError;
  assertEquals([error.name, error.code], ["AppError", "not_configured"]);
  for (const value of Object.values(variables)) {
    if (value.length > 6) assertEquals(error.message.includes(value), false);
  }
  return (error.cause as Error).message;
}

Deno.test("A missing variable is named to the log", async () => {
  assertEquals(await complaint("stripeEnv", {}), "STRIPE_SECRET_KEY is missing");
  assertEquals(await complaint("databaseEnv", { SUPABASE_URL: "http://a" }), "SUPABASE_SECRET_KEYS is missing");
  const clerk = await complaint("clerkEnv", {});
  assertStringIncludes(clerk, "CLERK_PUBLISHABLE_KEY is missing");
  assertStringIncludes(clerk, "CLERK_SECRET_KEY is missing, and so is CLERK_JWT_KEY");
});

Deno.test("An empty variable counts as missing", async () => {
  assertEquals(await complaint("stripeEnv", { STRIPE_SECRET_KEY: " " }), "STRIPE_SECRET_KEY is missing");
});

Deno.test("A wrong variable is named to the log, its value is not", async () => {
  assertStringIncludes(
    await complaint("stripeEnv", { STRIPE_SECRET_KEY: "pk_test_wrong" }),
    "STRIPE_SECRET_KEY is no secret key",
  );
  assertStringIncludes(
    await complaint("stripeEnv", { STRIPE_SECRET_KEY: "sk_test_a", STRIPE_API_URL: "here" }),
    "STRIPE_API_URL is no URL",
  );
  assertStringIncludes(
    await complaint("allowedOrigins", { ALLOWED_ORIGINS: "https://a.com/path" }),
    "ALLOWED_ORIGINS holds",
  );
  assertStringIncludes(await complaint("catalogEnv", { CATALOG_ACCESS: "everybody" }), "CATALOG_ACCESS is neither");
  assertStringIncludes(
    await complaint("catalogEnv", { CATALOG_REFRESH_SECONDS: "4" }),
    "CATALOG_REFRESH_SECONDS is no number",
  );
  assertStringIncludes(
    await complaint("publishableKeys", { SUPABASE_PUBLISHABLE_KEYS: "[]" }),
    "SUPABASE_PUBLISHABLE_KEYS is no JSON",
  );
  const clerk = { CLERK_SECRET_KEY: "sk_test_a" };
  assertStringIncludes(
    await complaint("clerkEnv", { ...clerk, CLERK_PUBLISHABLE_KEY: "pk_test_wrong" }),
    "CLERK_PUBLISHABLE_KEY is no",
  );
  assertStringIncludes(
    await complaint("clerkEnv", { CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY: "MIIB" }),
    "CLERK_JWT_KEY is no",
  );
});

Deno.test("A live key is never sent to a stand-in", async () => {
  const message = await complaint("stripeEnv", {
    STRIPE_SECRET_KEY: "sk_live_a",
    STRIPE_API_URL: "http://127.0.0.1:1",
  });
  assertStringIncludes(message, "STRIPE_API_URL names a stand-in");
});

Deno.test("The mode is the key's", async () => {
  assertEquals((await withEnv({ STRIPE_SECRET_KEY: "sk_test_a" })).stripeEnv().livemode, false);
  assertEquals((await withEnv({ STRIPE_SECRET_KEY: "rk_live_a" })).stripeEnv().livemode, true);
});

Deno.test("The issuer is what the publishable key names, unless CLERK_ISSUER says otherwise", async () => {
  const clerk = { CLERK_PUBLISHABLE_KEY: `pk_test_${btoa("a.clerk.accounts.dev$")}`, CLERK_SECRET_KEY: "sk_test_a" };
  assertEquals((await withEnv(clerk)).clerkEnv().issuer, "https://a.clerk.accounts.dev");
  assertEquals(
    (await withEnv({ ...clerk, CLERK_ISSUER: "https://clerk.a.com/" })).clerkEnv().issuer,
    "https://clerk.a.com",
  );
});

Deno.test("Authorized parties are the allowed origins, unless they are given", async () => {
  const clerk = { CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY: PEM, ALLOWED_ORIGINS: "https://a.com, https://b.com" };
  assertEquals([...(await withEnv(clerk)).clerkEnv().authorizedParties], ["https://a.com", "https://b.com"]);
  assertEquals([
    ...(await withEnv({ ...clerk, CLERK_AUTHORIZED_PARTIES: "https://c.com" })).clerkEnv().authorizedParties,
  ], ["https://c.com"]);
});

Deno.test("CLERK_JWT_KEY holds one PEM or several", async () => {
  const { pems } = (await withEnv({ CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY: `${PEM}\\n${PEM}` })).clerkEnv();
  assertEquals(pems, Array(2).fill(PEM.replaceAll("\\n", "\n")));
});

Deno.test("The database's key is the default one, else the first, else the legacy one", async () => {
  const SUPABASE_URL = "http://127.0.0.1:1";
  const key = async (variables: Record<string, string>) =>
    (await withEnv({ SUPABASE_URL, ...variables })).databaseEnv().secretKey;
  assertEquals(
    await key({ SUPABASE_SECRET_KEYS: '{"other": "a", "default": "b"}', SUPABASE_SERVICE_ROLE_KEY: "c" }),
    "b",
  );
  assertEquals(await key({ SUPABASE_SECRET_KEYS: '{"other": "a"}', SUPABASE_SERVICE_ROLE_KEY: "c" }), "a");
  assertEquals(await key({ SUPABASE_SERVICE_ROLE_KEY: "c" }), "c");
});
