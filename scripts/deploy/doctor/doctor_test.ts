import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../../lib/environment.ts";
import { listen } from "../../lib/listen.ts";
import { type Stack, startStack } from "../testing/test_stack.ts";
import { examine, isHealthy, report } from "./doctor.ts";
import type { Target } from "./target.ts";
import { localTarget } from "./targets.ts";

/** What the doctor finds wrong on a stack, and what it then says to do. */
async function wrongsOf(stack: Stack, changes: Partial<Target> = {}): Promise<string> {
  const target = localTarget(stack, environmentOf({}, "the test"));
  const findings = await examine({ ...target, ...changes }).finally(() => target.database.close());
  const wrongs = findings.filter(({ state }) => state === "wrong");
  assertEquals(isHealthy(findings), wrongs.length === 0);
  assert(wrongs.every(({ next }) => next), "Whatever is wrong has something to do");
  return report(wrongs);
}

const variablesOf = (stack: Stack) => localTarget(stack, environmentOf({}, "the test")).variables;

/** A token with Clerk's right signature over these claims of a session's. */
async function sign({ clerk_url, clerk_secret_key, clerk_issuer, users }: Stack, claims: Record<string, unknown>) {
  const now = Math.floor(Date.now() / 1000);
  const session = { iss: clerk_issuer, sub: users.ada, sid: "sess_1", iat: now, nbf: now, exp: now + 60, ...claims };
  const response = await fetch(`${clerk_url}/_local/sign`, {
    method: "POST",
    headers: { authorization: `Bearer ${clerk_secret_key}` },
    body: JSON.stringify({ claims: session }),
  });
  return (await response.json()).jwt as string;
}

Deno.test("The doctor finds nothing wrong with a stack that has just started", async () => {
  await using stack = await startStack();
  assertEquals(await wrongsOf(stack), "");
});

Deno.test("The doctor tells whose the database is", async (t) => {
  await using stack = await startStack();
  const says = async (account: string, livemode: boolean, words: string) => {
    await stack.sql("delete from billing.deployment");
    await stack.sql(`insert into billing.deployment (stripe_account, livemode) values ('${account}', ${livemode})`);
    await t.step(words, async () => assertStringIncludes(await wrongsOf(stack), words));
  };
  await says("acct_other", false, "Stripe: the database belongs to acct_other (test)");
  await says("acct_other", true, "Stripe: the database belongs to acct_other (live)");
  await stack.sql("delete from billing.deployment");
  const variables = { ...variablesOf(stack), STRIPE_SECRET_KEY: "sk_test_unknown" };
  assertStringIncludes(await wrongsOf(stack, { variables }), "Stripe refuses STRIPE_SECRET_KEY");
});

Deno.test("The doctor misses a migration, and knows when the database is ahead", async () => {
  await using stack = await startStack();
  const versions = "supabase_migrations.schema_migrations";
  await stack.sql(`update ${versions} set version = '20990101000000' where version = '20260101000900'`);
  assertStringIncludes(await wrongsOf(stack), `1 migrations are missing, "20260101000900_customer_claims.sql" first`);
  await stack.sql(`insert into ${versions} (version) values ('20260101000900')`);
  assertStringIncludes(await wrongsOf(stack), `has 1 migrations that this checkout has not, "20990101000000" first`);
});

Deno.test("The doctor compares Clerk's keys with the instance that signs", async () => {
  await using stack = await startStack();
  const variables = variablesOf(stack);
  assertEquals(await wrongsOf(stack, { variables: { ...variables, CLERK_JWT_KEY: stack.clerk_jwt_key } }), "");
  const refused = { variables: { ...variables, CLERK_SECRET_KEY: "sk_test_other" } };
  assertStringIncludes(await wrongsOf(stack, refused), "Clerk: CLERK_SECRET_KEY is refused");

  const { publicKey } = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
    true,
    ["sign", "verify"],
  );
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)).toBase64();
  const pem = `-----BEGIN PUBLIC KEY-----\\n${spki}\\n-----END PUBLIC KEY-----`;
  const foreign = { variables: { ...variables, CLERK_JWT_KEY: pem } };
  assertStringIncludes(await wrongsOf(stack, foreign), "Clerk: CLERK_JWT_KEY is none of");

  const key = { ...await crypto.subtle.exportKey("jwk", publicKey), kid: "ins_other" };
  const other = listen(0, () => Response.json({ keys: [key] }));
  assertStringIncludes(
    await wrongsOf(stack, { keySetUrl: other.url }),
    "Clerk: CLERK_SECRET_KEY is of another instance",
  );
  await other.close();
  assertStringIncludes(await wrongsOf(stack, { keySetUrl: other.url }), "shows no keys");
});

Deno.test("The doctor looks at a token's claims, and says how to get one where Clerk makes none", async () => {
  await using stack = await startStack();
  const wrongs = async (claims: Record<string, unknown>) => await wrongsOf(stack, { token: await sign(stack, claims) });
  assertEquals(await wrongs({ role: "authenticated" }), "");
  assertStringIncludes(await wrongs({}), "Token: its role is missing, so the Data API shows its user nothing");
  assertStringIncludes(await wrongs({}), "https://dashboard.clerk.com/setup/supabase");
  assertStringIncludes(await wrongs({ role: "user" }), `its role is "user"`);
  assertStringIncludes(await wrongs({ azp: "https://a.example" }), `it is for pages of "https://a.example"`);
  assertStringIncludes(await wrongs({ iss: "https://b.example" }), `it is of "https://b.example"`);
  assertStringIncludes(await wrongs({ role: "authenticated", exp: 1 }), `"stripe-customer" answers 401`);
  assertStringIncludes(await wrongsOf(stack, { token: "nonsense" }), "it is no session token");

  const target = localTarget(stack, environmentOf({}, "the test"));
  const findings = await examine({ ...target, variables: { ...target.variables, CLERK_SECRET_KEY: "sk_live_1" } });
  await target.database.close();
  assertStringIncludes(report(findings), "Token: not looked at, because Clerk makes sessions for test instances only");
  assertStringIncludes(report(findings), "npm run doctor -- --token TOKEN");
});

Deno.test("The doctor asks the functions what they found, and as a browser would", async () => {
  await using blind = await startStack({ env: { STRIPE_SECRET_KEY: null, CATALOG_ACCESS: "nobody" } });
  assertStringIncludes(
    await wrongsOf(blind),
    `"health" says: variables for catalog and stripe are missing or malformed`,
  );
  await using closed = await startStack({ env: { ALLOWED_ORIGINS: "https://app.example.com" } });
  assertStringIncludes(await wrongsOf(closed), `does not let pages of "http://localhost:3000" call`);
});

Deno.test("What cannot be reached is found, and does not end the examination", async () => {
  await using stack = await startStack();
  const gone = listen(0, () => new Response());
  await gone.close();
  const said = await wrongsOf(stack, { url: gone.url, stripeUrl: gone.url });
  for (const words of ["Stripe: Stripe at", "Functions: ", "Token: "]) assertStringIncludes(said, words);
});
