/** The groups cache their settings, so each case imports a copy of the module. */
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { VariableName } from "./contract/variables.ts";
import type * as Env from "./env.ts";
import type { AppError } from "./errors.ts";

const { publicKey } = await crypto.subtle.generateKey(
  { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  true,
  ["sign", "verify"],
);
const spki = String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)));
const PEM = `-----BEGIN PUBLIC KEY-----\\n${btoa(spki)}\\n-----END PUBLIC KEY-----`;

let copies = 0;
async function withEnv(variables: Record<string, string>): Promise<typeof Env> {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (/^(STRIPE|CLERK|DATABASE|SUPABASE|ALLOWED|CATALOG|RECONCILE|LOG)_/.test(name)) Deno.env.delete(name);
  }
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return await import(`./env.ts?copy=${++copies}`);
}

/** The logged reason when these variables are set. */
async function reasonOf(group: keyof typeof Env, variables: Record<string, string>): Promise<string> {
  const env = await withEnv(variables);
  const error = assertThrows(() => (env[group] as () => unknown)()) as AppError;
  assertEquals([error.name, error.code], ["AppError", "not_configured"]);
  for (const value of Object.values(variables)) {
    if (value.length > 6) assertEquals(error.message.includes(value), false);
  }
  return (error.cause as Error).message;
}

Deno.test("The port of the plain server is one that exists", async () => {
  assertEquals((await withEnv({ PORT: "65535" })).listenEnv().port, 65_535);
  for (const PORT of ["65536", "99999", "80a", "-1"]) {
    assertStringIncludes(await reasonOf("listenEnv", { PORT }), "PORT must be a number of a port");
  }
  Deno.env.delete("PORT");
});

Deno.test("A missing variable is named in the log", async () => {
  assertEquals(await reasonOf("stripeEnv", {}), "STRIPE_SECRET_KEY is missing");
  assertEquals(await reasonOf("databaseEnv", { SUPABASE_URL: "http://a" }), "SUPABASE_SECRET_KEYS is missing");
  const clerk = await reasonOf("clerkEnv", {});
  assertStringIncludes(clerk, "CLERK_PUBLISHABLE_KEY is missing");
  assertStringIncludes(clerk, "CLERK_SECRET_KEY is missing, and so is CLERK_JWT_KEY");
});

Deno.test("An empty variable counts as missing", async () => {
  assertEquals(await reasonOf("stripeEnv", { STRIPE_SECRET_KEY: " " }), "STRIPE_SECRET_KEY is missing");
});

Deno.test("A malformed variable is named in the log, without its value", async () => {
  assertStringIncludes(
    await reasonOf("stripeEnv", { STRIPE_SECRET_KEY: "pk_test_wrong" }),
    "STRIPE_SECRET_KEY is not a Stripe secret key",
  );
  assertStringIncludes(
    await reasonOf("stripeEnv", { STRIPE_SECRET_KEY: "sk_test_a", STRIPE_API_URL: "here" }),
    "STRIPE_API_URL is not a URL",
  );
  assertStringIncludes(
    await reasonOf("checkOrigins", { ALLOWED_ORIGINS: "https://a.com/path" }),
    "ALLOWED_ORIGINS must be a list of origins",
  );
  assertStringIncludes(
    await reasonOf("checkOrigins", { CLERK_AUTHORIZED_PARTIES: "https://a.com, https://*.vercel.app" }),
    "CLERK_AUTHORIZED_PARTIES must list each origin: it has a wildcard",
  );
  assertStringIncludes(await reasonOf("catalogEnv", { CATALOG_ACCESS: "everyone" }), "CATALOG_ACCESS must be");
  assertStringIncludes(
    await reasonOf("catalogEnv", { CATALOG_REFRESH_SECONDS: "4" }),
    "CATALOG_REFRESH_SECONDS must be a number",
  );
  assertStringIncludes(
    await reasonOf("publishableKeys", { SUPABASE_PUBLISHABLE_KEYS: "[]" }),
    "SUPABASE_PUBLISHABLE_KEYS is not a JSON object",
  );
  const clerk = { CLERK_SECRET_KEY: "sk_test_a" };
  assertStringIncludes(
    await reasonOf("clerkEnv", { ...clerk, CLERK_PUBLISHABLE_KEY: "pk_test_wrong" }),
    "CLERK_PUBLISHABLE_KEY is not a",
  );
});

Deno.test("LOG_SUCCESS is a fraction from 0 to 1, and 1 without it", async () => {
  const fraction = async (variables: Record<string, string>) => (await withEnv(variables)).loggedSuccesses().fraction;
  assertEquals(await fraction({}), 1);
  for (const [LOG_SUCCESS, value] of [["0", 0], ["0.05", 0.05], ["1", 1], ["1.0", 1]] as const) {
    assertEquals(await fraction({ LOG_SUCCESS }), value);
  }
  for (const LOG_SUCCESS of ["off", "1.5", "2", "-1", ".5", "10%", "0,5", "1e-3"]) {
    assertStringIncludes(
      await reasonOf("loggedSuccesses", { LOG_SUCCESS }),
      "LOG_SUCCESS must be a number from 0 to 1",
    );
  }
});

Deno.test("A public key that cannot be imported is named in the log, without its value", async () => {
  for (const CLERK_JWT_KEY of ["MIIBIjAN", PEM.replace(/\\n.{40}/, "\\n"), `${PEM}\\n-----BEGIN`]) {
    const env = await withEnv({ CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY });
    const error = await assertRejects(() => env.clerkPublicKeys()) as AppError;
    assertEquals(error.code, "not_configured");
    assertEquals((error.cause as Error).message, "CLERK_JWT_KEY is not an RSA public key in PEM form");
    assertEquals((await env.configured()).clerk, false);
  }
});

Deno.test("Origins of websites and apps are used, and entries that are none are left out and named", async () => {
  const good = [
    "https://a.com",
    "http://localhost:3000",
    "https://localhost",
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "http://tauri.localhost",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://0b7c8f9e-1d2a-4b3c-8d4e-5f6a7b8c9d0e",
  ];
  const bad = [
    "*",
    "null",
    "a.com",
    "https://a.com/",
    "https://A.com",
    "https://a.com/path",
    "https://*.vercel.app",
    "https://user@a.com",
    "capacitor://localhost/",
    "tauri://*",
    "file://",
    "data:text/html,",
  ];
  const sound = await withEnv({ ALLOWED_ORIGINS: good.join(", ") });
  assertEquals([[...sound.allowedOrigins()], (await sound.configured()).origins], [good, true]);
  for (const entry of bad) {
    const env = await withEnv({
      ALLOWED_ORIGINS: `${entry},${good.join(",")}`,
      CLERK_ISSUER: "https://a.com",
      CLERK_JWT_KEY: PEM,
    });
    assertEquals([...env.allowedOrigins()], good, entry);
    assertEquals([...env.clerkEnv().authorizedParties], good, entry);
    assertEquals((await env.configured()).origins, false, entry);
  }
});

Deno.test("Spaces and line breaks around a value are not part of it", async () => {
  const env = await withEnv({ STRIPE_SECRET_KEY: " sk_test_a\r\n", RECONCILE_SECRET: `${"x".repeat(32)}\n` });
  assertEquals([env.stripeEnv().secretKey, env.reconcileSecret()], ["sk_test_a", "x".repeat(32)]);
});

Deno.test("An invalid secret of the webhook or the reconcile, also as one of a list, is named without its value", async () => {
  const wrong = {
    webhookSecrets: [
      " ",
      "whsec_s3cret",
      "sk_test_s3crets3crets3cret",
      '"whsec_s3crets3crets3cret"',
      "whsec_s3cret s3cret s3cret",
      "whsec_s3crets3crets3cret,whsec_s3cret",
      "whsec_s3crets3crets3cret;whsec_s3crets3crets3cret",
    ],
    reconcileSecret: [
      " ",
      "s3crets3crets3crets3cret",
      "s3cret s3crets3crets3crets3cret s3cret",
      "s3crets3crets3crets3crets3cretß",
    ],
  };
  for (const value of wrong.webhookSecrets) {
    const reason = await reasonOf("webhookSecrets", { STRIPE_WEBHOOK_SECRET: value });
    assertStringIncludes(reason, "STRIPE_WEBHOOK_SECRET");
    assertEquals(reason.includes("s3cret"), false, value);
  }
  for (const value of wrong.reconcileSecret) {
    const reason = await reasonOf("reconcileSecret", { RECONCILE_SECRET: value });
    assertStringIncludes(reason, "RECONCILE_SECRET");
    assertEquals(reason.includes("s3cret"), false, value);
  }
});

Deno.test("A live key is refused together with the address of an emulator", async () => {
  const message = await reasonOf("stripeEnv", {
    STRIPE_SECRET_KEY: "sk_live_a",
    STRIPE_API_URL: "http://127.0.0.1:1",
  });
  assertStringIncludes(message, "STRIPE_API_URL names an emulator");
});

Deno.test("The mode is that of the Stripe key", async () => {
  assertEquals((await withEnv({ STRIPE_SECRET_KEY: "sk_test_a" })).stripeEnv().livemode, false);
  assertEquals((await withEnv({ STRIPE_SECRET_KEY: "rk_live_a" })).stripeEnv().livemode, true);
});

Deno.test("The issuer is CLERK_ISSUER, otherwise the instance of the publishable key", async () => {
  const clerk = { CLERK_PUBLISHABLE_KEY: `pk_test_${btoa("a.clerk.accounts.dev$")}`, CLERK_SECRET_KEY: "sk_test_a" };
  assertEquals((await withEnv(clerk)).clerkEnv().issuer, "https://a.clerk.accounts.dev");
  assertEquals(
    (await withEnv({ ...clerk, CLERK_ISSUER: "https://clerk.a.com/" })).clerkEnv().issuer,
    "https://clerk.a.com",
  );
});

Deno.test("Authorized parties are CLERK_AUTHORIZED_PARTIES, otherwise the allowed origins", async () => {
  const clerk = { CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY: PEM, ALLOWED_ORIGINS: "https://a.com, https://b.com" };
  assertEquals([...(await withEnv(clerk)).clerkEnv().authorizedParties], ["https://a.com", "https://b.com"]);
  assertEquals([
    ...(await withEnv({ ...clerk, CLERK_AUTHORIZED_PARTIES: "https://c.com" })).clerkEnv().authorizedParties,
  ], ["https://c.com"]);
});

Deno.test("CLERK_JWT_KEY may hold several PEMs", async () => {
  const env = await withEnv({ CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY: `${PEM}\\n${PEM}` });
  const { n } = await crypto.subtle.exportKey("jwk", publicKey);
  assertEquals((await env.clerkPublicKeys()).map((key) => key.n), [n, n]);
});

Deno.test("The database's key is the default one, otherwise the first, otherwise the legacy one", async () => {
  const SUPABASE_URL = "http://127.0.0.1:1";
  const key = async (variables: Record<string, string>) => {
    const settings = (await withEnv({ SUPABASE_URL, ...variables })).databaseEnv();
    return "secretKey" in settings && settings.secretKey;
  };
  assertEquals(
    await key({ SUPABASE_SECRET_KEYS: '{"other": "a", "default": "b"}', SUPABASE_SERVICE_ROLE_KEY: "c" }),
    "b",
  );
  assertEquals(await key({ SUPABASE_SECRET_KEYS: '{"other": "a"}', SUPABASE_SERVICE_ROLE_KEY: "c" }), "a");
  assertEquals(await key({ SUPABASE_SERVICE_ROLE_KEY: "c" }), "c");
});

Deno.test("DATABASE_URL takes the place of every variable of Supabase, and SUPABASE_DB_URL of none", async () => {
  const settings = async (DATABASE_URL: string) =>
    (await withEnv({ DATABASE_URL, SUPABASE_URL: "no URL" })).databaseEnv();
  const server = { host: "127.0.0.1", port: 5432, user: "b", password: "p@/", database: "db", tls: false };
  assertEquals(await settings("postgres://b:p%40%2F@127.0.0.1/db"), { ...server, rootCertificate: undefined });
  assertEquals(
    await settings("postgresql://b@db.example.com:6543/db?sslmode=verify-full&sslrootcert=/ca.pem&pgbouncer=true"),
    { ...server, host: "db.example.com", port: 6543, password: undefined, tls: true, rootCertificate: "/ca.pem" },
  );
  for (
    const [url, host] of [
      ["postgres://b:p%40%2F@localhost/db", "localhost"],
      ["postgres://b:p%40%2F@[::1]/db?sslmode=disable", "::1"],
      ["postgres://b:p%40%2F@localhost/db?host=/run/postgresql", "/run/postgresql"],
    ] as const
  ) {
    assertEquals(await settings(url), { ...server, host, rootCertificate: undefined });
  }
  const SUPABASE_DB_URL = "postgres://postgres:postgres@127.0.0.1/postgres";
  assertEquals(
    await reasonOf("databaseEnv", { SUPABASE_DB_URL, SUPABASE_URL: "http://a" }),
    "SUPABASE_SECRET_KEYS is missing",
  );
});

Deno.test("A DATABASE_URL that leads nowhere, or to a server that would not be verified, is refused", async () => {
  const reason = (DATABASE_URL: string) => reasonOf("databaseEnv", { DATABASE_URL });
  for (
    const text of [
      "nonsense",
      "mysql://b:p@localhost/db",
      "postgres://localhost/db",
      "postgres://b:p@localhost",
      "postgres://%zz:p@localhost/db",
      "postgres://b:100%@localhost/db",
    ]
  ) {
    assertStringIncludes(await reason(text), "DATABASE_URL is not a connection string");
  }
  for (
    const query of [
      "",
      "?sslmode=disable",
      "?sslmode=require",
      "?sslmode=verify-ca",
      "?ssl=true",
      "?sslmode=require&sslmode=verify-full",
      "?host=127.0.0.1",
    ]
  ) {
    assertStringIncludes(
      await reason(`postgres://b:p@db.example.com/db${query}`),
      "must have sslmode=verify-full",
      query,
    );
  }
  for (const host of ["localhost.example.com", "127.0.0.1.example.com", "10.0.0.1", "[::2]"]) {
    assertStringIncludes(await reason(`postgres://b:p@${host}/db`), "must have sslmode=verify-full", host);
  }
});

Deno.test("The billing roles are admin, unless CLERK_BILLING_ROLES lists others, with or without the prefix", async () => {
  const roles = async (variables: Record<string, string>) => [...(await withEnv(variables)).billingRoles()];
  assertEquals(await roles({}), ["admin"]);
  assertEquals(await roles({ CLERK_BILLING_ROLES: "admin, org:billing_manager" }), ["admin", "billing_manager"]);
  for (const CLERK_BILLING_ROLES of ["Admin", "billing manager", "org:", "admin;owner"]) {
    assertStringIncludes(await reasonOf("billingRoles", { CLERK_BILLING_ROLES }), "CLERK_BILLING_ROLES must be a list");
  }
});

Deno.test("Health reports malformed billing roles under clerk", async () => {
  const clerk = { CLERK_ISSUER: "https://a.com", CLERK_JWT_KEY: PEM };
  assertEquals((await (await withEnv(clerk)).configured()).clerk, true);
  assertEquals((await (await withEnv({ ...clerk, CLERK_BILLING_ROLES: "!" })).configured()).clerk, false);
});

/** A variable that is listed and not read makes this a type error; the opposite is one in env.ts. */
type Unread = Exclude<VariableName, Env.ReadVariable>;
const _noneIsUnread: [Unread] extends [never] ? true : Unread = true;
