import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../lib/environment.ts";
import { listen } from "../../lib/listen.ts";
import { PERMISSIONS } from "../../lib/stripe_permissions.ts";
import { refusal } from "../testing/restricted_key.ts";
import { startTestStack, type TestStack } from "../testing/test_stack.ts";
import { examine, isHealthy, report } from "./doctor.ts";
import type { DoctorTarget } from "./target.ts";
import { localDoctorTarget } from "./targets.ts";

/** The doctor's report on a stack, only the findings that are wrong. */
async function wrongFindings(stack: TestStack, changes: Partial<DoctorTarget> = {}): Promise<string> {
  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  const findings = await examine({ ...target, ...changes }).finally(() => target.database.close());
  const wrongs = findings.filter(({ state }) => state === "wrong");
  assertEquals(isHealthy(findings), wrongs.length === 0);
  assert(wrongs.every(({ next }) => next), "Every wrong finding has a next step");
  return report(wrongs);
}

const variablesOf = (stack: TestStack) => localDoctorTarget(stack, environmentOf({}, "the test")).variables;

/** A session token with these claims, signed by the Clerk emulator. */
async function sign({ clerk_url, clerk_secret_key, clerk_issuer, users }: TestStack, claims: Record<string, unknown>) {
  const now = Math.floor(Date.now() / 1000);
  const session = { iss: clerk_issuer, sub: users.ada, sid: "sess_1", iat: now, nbf: now, exp: now + 60, ...claims };
  const response = await fetch(`${clerk_url}/_local/sign`, {
    method: "POST",
    headers: { authorization: `Bearer ${clerk_secret_key}` },
    body: JSON.stringify({ claims: session }),
  });
  return (await response.json()).jwt as string;
}

Deno.test("The doctor finds nothing wrong on a new stack", async () => {
  await using stack = await startTestStack();
  assertEquals(await wrongFindings(stack), "");
});

Deno.test("The doctor reports a database that belongs to another Stripe account or mode", async (t) => {
  await using stack = await startTestStack();
  const reports = async (account: string, livemode: boolean, text: string) => {
    await stack.sql("delete from billing.deployment");
    await stack.sql(`insert into billing.deployment (stripe_account, livemode) values ('${account}', ${livemode})`);
    await t.step(text, async () => assertStringIncludes(await wrongFindings(stack), text));
  };
  await reports("acct_other", false, "Stripe: the database belongs to acct_other (test)");
  await reports("acct_other", true, "Stripe: the database belongs to acct_other (live)");
  await stack.sql("delete from billing.deployment");
  const variables = { ...variablesOf(stack), STRIPE_SECRET_KEY: "sk_test_unknown" };
  assertStringIncludes(await wrongFindings(stack, { variables }), "STRIPE_SECRET_KEY (Invalid API Key provided");
});

Deno.test("The doctor names the permissions that a restricted key lacks", async () => {
  await using stack = await startTestStack();
  const missing = new Set<string>();
  const stripe = listen(0, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/account") return refusal("rak_accounts_kyc_basic_read", "acct_1LocalStripe00000");
    const permission = PERMISSIONS.find(({ trial }) => trial.path.split("?")[0] === pathname);
    return permission !== undefined && missing.has(permission.name)
      ? refusal(permission.name)
      : Response.json({ object: "list", data: [] });
  });
  const variables = { ...variablesOf(stack), STRIPE_SECRET_KEY: "rk_test_1" };
  const find = async () => await wrongFindings(stack, { variables, stripeUrl: stripe.url });
  assertEquals(await find(), "");
  for (const { name } of PERMISSIONS) if (name !== "rak_webhook_write") missing.add(name);
  const text = await find();
  for (const name of missing) assertStringIncludes(text, `(${name})`);
  assertStringIncludes(text, "Stripe: the restricted key lacks Customers: write (rak_customer_write)");
  assertStringIncludes(text, "docs/07-deploying.md#restricted-keys");
  await stripe.close();
});

Deno.test("The doctor reports a missing migration, and a database that is ahead of the checkout", async () => {
  await using stack = await startTestStack();
  const versions = "supabase_migrations.schema_migrations";
  await stack.sql(`update ${versions} set version = '20990101000000' where version = '20260101000900'`);
  assertStringIncludes(
    await wrongFindings(stack),
    `1 migration not applied, first "20260101000900_stripe_products.sql"`,
  );
  await stack.sql(`insert into ${versions} (version) values ('20260101000900')`);
  assertStringIncludes(
    await wrongFindings(stack),
    `1 migration applied that this checkout does not contain, first "20990101000000"`,
  );
});

Deno.test("The doctor compares the migrations of a project that adopted them by name, and ignores its others", async () => {
  await using stack = await startTestStack();
  const versions = "supabase_migrations.schema_migrations";
  await stack.sql(`update ${versions} set name = 'billing_' || name, version = version::bigint + 7 where true`);
  await stack.sql(`insert into ${versions} (version, name) values ('20250101000000', 'notes')`);
  assertEquals(await wrongFindings(stack), "");
  await stack.sql(`delete from ${versions} where name = 'billing_stripe_products'`);
  assertStringIncludes(
    await wrongFindings(stack),
    `1 migration not applied, first "20260101000900_stripe_products.sql"`,
  );
});

Deno.test("The doctor reports Clerk keys that do not belong to the issuing instance", async () => {
  await using stack = await startTestStack();
  const variables = variablesOf(stack);
  assertEquals(await wrongFindings(stack, { variables: { ...variables, CLERK_JWT_KEY: stack.clerk_jwt_key } }), "");
  const rejected = { variables: { ...variables, CLERK_SECRET_KEY: "sk_test_other" } };
  assertStringIncludes(await wrongFindings(stack, rejected), "Clerk: Clerk rejects CLERK_SECRET_KEY");

  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)).toBase64();
  const pem = `-----BEGIN PUBLIC KEY-----\\n${spki}\\n-----END PUBLIC KEY-----`;
  const wrongKey = { variables: { ...variables, CLERK_JWT_KEY: pem } };
  assertStringIncludes(await wrongFindings(stack, wrongKey), "Clerk: CLERK_JWT_KEY is not a key of");

  // Well-formed, and the right key among others: what cannot be imported is named.
  const broken = pem.replace(spki, spki.slice(0, 80));
  for (const CLERK_JWT_KEY of [broken, `${stack.clerk_jwt_key}${broken}`, "nonsense"]) {
    assertStringIncludes(
      await wrongFindings(stack, { variables: { ...variables, CLERK_JWT_KEY } }),
      "Clerk: CLERK_JWT_KEY cannot be imported as a public key",
    );
  }
  const flat = stack.clerk_jwt_key.trim().replaceAll("\n", " ");
  assertEquals(await wrongFindings(stack, { variables: { ...variables, CLERK_JWT_KEY: flat } }), "");

  const key = { ...await crypto.subtle.exportKey("jwk", publicKey), kid: "ins_other" };
  const other = listen(0, () => Response.json({ keys: [key] }));
  assertStringIncludes(
    await wrongFindings(stack, { keySetUrl: other.url }),
    "Clerk: CLERK_SECRET_KEY belongs to another instance",
  );
  await other.close();
  assertStringIncludes(await wrongFindings(stack, { keySetUrl: other.url }), "serves no key set");
});

Deno.test("The doctor reports wrong claims of a token, and how to get a token of a production instance", async () => {
  await using stack = await startTestStack();
  const wrongs = async (claims: Record<string, unknown>) =>
    await wrongFindings(stack, { token: await sign(stack, claims) });
  assertEquals(await wrongs({ role: "authenticated" }), "");
  assertStringIncludes(await wrongs({}), "Token: the role is missing, so the Data API returns no rows");
  assertStringIncludes(await wrongs({}), "https://dashboard.clerk.com/setup/supabase");
  assertStringIncludes(await wrongs({ role: "user" }), `the role is "user"`);
  assertStringIncludes(
    await wrongs({ azp: "https://a.example" }),
    `the origin "https://a.example" (azp) is not allowed`,
  );
  assertStringIncludes(await wrongs({ iss: "https://b.example" }), `the issuer is "https://b.example"`);
  assertStringIncludes(await wrongs({ role: "authenticated", exp: 1 }), `"stripe-customer" answers 401`);
  assertStringIncludes(await wrongFindings(stack, { token: "nonsense" }), "this is not a session token");

  const target = localDoctorTarget(stack, environmentOf({}, "the test"));
  const findings = await examine({ ...target, variables: { ...target.variables, CLERK_SECRET_KEY: "sk_live_1" } });
  await target.database.close();
  assertStringIncludes(
    report(findings),
    "Token: not checked, because Clerk creates test sessions for development instances only",
  );
  assertStringIncludes(report(findings), "npm run doctor -- --token TOKEN");
});

Deno.test("The doctor reports functions with missing variables, and functions that reject an allowed origin", async () => {
  await using unconfigured = await startTestStack({ env: { STRIPE_SECRET_KEY: null, CATALOG_ACCESS: "unknown" } });
  assertStringIncludes(
    await wrongFindings(unconfigured),
    `"health" answers: variables for catalog and stripe are missing or malformed`,
  );
  await using restricted = await startTestStack({ env: { ALLOWED_ORIGINS: "https://app.example.com" } });
  assertStringIncludes(await wrongFindings(restricted), `rejects calls from "http://localhost:3000"`);
  const ALLOWED_ORIGINS = "https://app.example.com, https://second.example.com";
  assertStringIncludes(
    await wrongFindings(restricted, { variables: { ...variablesOf(restricted), ALLOWED_ORIGINS } }),
    `rejects calls from "https://second.example.com"`,
  );
});

Deno.test("The doctor reports services that it cannot reach, and runs the other checks", async () => {
  await using stack = await startTestStack();
  const closed = listen(0, () => new Response());
  await closed.close();
  const text = await wrongFindings(stack, { url: closed.url, stripeUrl: closed.url });
  for (const part of [`"${closed.url}"`, "Functions: ", "Token: "]) assertStringIncludes(text, part);
});
