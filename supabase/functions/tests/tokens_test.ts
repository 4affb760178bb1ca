/**
 * Valid and invalid tokens at `GET stripe-customer`, which answers 404 to a new user with a valid token.
 */
import { assertEquals, assertLessOrEqual, assertMatch, assertStringIncludes } from "@std/assert";
import { ProductPage } from "../_shared/contract/products.ts";
import { readAnswer, readError } from "./answers.ts";
import { forge, hmac, newKeyPair, readPem, tamper } from "./forge.ts";
import { findLine, findReason } from "./log_lines.ts";
import { type CallOptions, ORIGIN, type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const NOWHERE = "http://127.0.0.1:9";
const now = () => Math.floor(Date.now() / 1000);

const ask = (stack: Stack, options: CallOptions) => stack.call("stripe-customer", options);

/** The token is accepted as this user's. */
async function assertAccepted(stack: Stack, token: string, user = stack.users.ada) {
  const response = await ask(stack, { token });
  await readError(response, "customer_not_found");
  assertEquals((await findLine(stack, response)).caller, user);
}

/** The token answers 401. Only the log has the reason. */
async function assertRefused(stack: Stack, options: CallOptions, reason: RegExp) {
  const response = await ask(stack, options);
  const { message } = await readError(response, "unauthenticated");
  assertEquals(message, "Send a valid Clerk session token as bearer");
  assertMatch(await findReason(stack, response), reason);
  assertEquals((await findLine(stack, response)).caller, undefined);
}

Deno.test("Tokens, verified with keys fetched from Clerk", async (t) => {
  await using stack = await startStack();
  const { sign: signWithAnotherKey } = await newKeyPair();
  const signature = /token-invalid-signature/;
  /** A validly signed token with these changes to its claims. */
  const claims = (changes: Record<string, unknown>, header = {}) => stack.sign(changes, header);

  await t.step("a fresh session token is accepted as its user's", async () => {
    await assertAccepted(stack, await stack.signIn("ada"), stack.users.ada);
    await assertAccepted(stack, await stack.signIn("grace"), stack.users.grace);
  });

  await t.step("the scheme in any case and spaces around the token are accepted", async () => {
    const token = await stack.signIn();
    for (const authorization of [`bearer ${token}`, `BEARER  ${token}`, `  Bearer ${token}  `]) {
      await readError(await ask(stack, { headers: { authorization } }), "customer_not_found");
    }
  });

  await t.step("no token answers 401", () => assertRefused(stack, {}, /^No token was sent$/));

  const headers: [what: string, authorization: (token: string) => string][] = [
    ["an empty header", () => ""],
    ["Basic", (token) => `Basic ${token}`],
    ["a token without a scheme", (token) => token],
    ["a scheme without a token", () => "Bearer"],
    ["two tokens", (token) => `Bearer ${token} ${token}`],
    ["two headers in one", (token) => `Bearer ${token}, Bearer ${token}`],
    ["another scheme that begins like it", (token) => `BearerX ${token}`],
  ];
  for (const [what, authorization] of headers) {
    await t.step(`${what} answers 401`, async () => {
      const token = await stack.signIn();
      await assertRefused(
        stack,
        { headers: { authorization: authorization(token) } },
        /holds no bearer token|not a JWT/,
      );
    });
  }

  await t.step("a token in another header than Authorization answers 401", async () => {
    const token = await stack.signIn();
    const headers = { apikey: token, cookie: `__session=${token}`, "x-clerk-auth-token": token };
    await assertRefused(stack, { headers }, /^No token was sent$/);
  });

  await t.step("garbage answers 401", async () => {
    const garbage = ["garbage", "a.b", "a.b.c", "..", "e30.e30.", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA", "null", "%00"];
    for (const token of garbage) await assertRefused(stack, { token }, /not a JWT|not signed with RS256/);
  });

  await t.step("an unsigned token (alg none) answers 401", async () => {
    const token = await stack.signIn();
    for (const alg of ["none", "None", "NONE", "", null, undefined, ["RS256"], { toString: "RS256" }]) {
      await assertRefused(stack, { token: await forge(token, { header: { alg } }) }, /not signed with RS256/);
    }
    await assertRefused(stack, { token: await forge(token, {}) }, /refused|not a JWT/);
  });

  await t.step("a token signed by HS256 with the public key as secret answers 401", async () => {
    const token = await stack.signIn();
    for (const secret of [stack.clerk_jwt_key, stack.clerk_jwt_key.trim(), stack.clerk_jwt_key.split("\n")[1]!]) {
      const sign = await hmac(secret);
      await assertRefused(stack, { token: await forge(token, { header: { alg: "HS256" } }, sign) }, /not signed with/);
      await assertRefused(stack, { token: await forge(token, {}, sign) }, signature);
    }
  });

  await t.step("a token with another RSA algorithm than RS256 answers 401", async () => {
    for (const alg of ["RS384", "RS512", "PS256"]) {
      const token = await forge(await stack.signIn(), { header: { alg } }, signWithAnotherKey);
      await assertRefused(stack, { token }, /not signed with RS256/);
    }
  });

  await t.step("a token of another key under the known kid answers 401", async () => {
    await assertRefused(stack, { token: await forge(await stack.signIn(), {}, signWithAnotherKey) }, signature);
  });

  await t.step("a token with an unknown or missing kid answers 401", async () => {
    const token = await stack.signIn();
    for (const kid of ["ins_unknown", undefined, null, 5, "", "../../x"]) {
      await assertRefused(stack, { token: await forge(token, { header: { kid } }, signWithAnotherKey) }, /unknown kid/);
    }
  });

  await t.step("a token that includes its own key answers 401", async () => {
    const jwk = { kty: "RSA", n: "AQAB", e: "AQAB" };
    for (const header of [{ jwk }, { jku: "https://evil.example/jwks" }, { x5u: "https://evil.example" }]) {
      await assertRefused(
        stack,
        { token: await forge(await stack.signIn(), { header }, signWithAnotherKey) },
        signature,
      );
    }
  });

  await t.step("a tampered payload answers 401", async () => {
    const token = await stack.signIn();
    await assertAccepted(stack, token);
    await assertRefused(stack, { token: await tamper(token, { sub: stack.users.grace }) }, signature);
    await assertRefused(stack, { token: await tamper(token, { exp: now() + 3_600 }) }, signature);
  });

  await t.step("a truncated or extended token answers 401", async () => {
    const token = await stack.signIn();
    const [header, payload] = token.split(".");
    await assertRefused(stack, { token: `${header}.${payload}.` }, /refused|not a JWT/);
    await assertRefused(stack, { token: `${token}.${payload}` }, /not a JWT|refused/);
  });

  const refused: [what: string, claims: () => Record<string, unknown>, reason: RegExp][] = [
    ["a token of another issuer", () => ({ iss: "https://evil.clerk.accounts.dev" }), /another issuer/],
    [
      "a token of an issuer that begins with ours",
      () => ({ iss: `${stack.clerk_issuer}.evil.example` }),
      /another issuer/,
    ],
    ["a token of the issuer with a slash", () => ({ iss: `${stack.clerk_issuer}/` }), /another issuer/],
    ["a token without an issuer", () => ({ iss: undefined }), /another issuer/],
    ["a token whose issuer is a list", () => ({ iss: [stack.clerk_issuer] }), /another issuer/],
    ["a token of a foreign azp", () => ({ azp: "https://evil.example" }), /\(azp\)/],
    ["a token whose azp begins with ours", () => ({ azp: `${ORIGIN}.evil.example` }), /\(azp\)/],
    ["a token of an empty azp", () => ({ azp: "" }), /\(azp\)/],
    ["a token whose azp is null", () => ({ azp: null }), /\(azp\)/],
    ["a token whose azp is a list", () => ({ azp: [ORIGIN] }), /\(azp\)/],
    ["an expired token", () => ({ exp: now() - 60 }), /token-expired/],
    ["a token that expired just before the skew", () => ({ exp: now() - 7 }), /token-expired/],
    ["a token without an expiry", () => ({ exp: undefined }), /refused/],
    ["a token whose expiry is a string", () => ({ exp: String(now() + 60) }), /refused/],
    ["a token that is not yet valid", () => ({ nbf: now() + 60 }), /token-not-active-yet/],
    ["a token of the future", () => ({ iat: now() + 60 }), /refused/],
    ["a pending session's token", () => ({ sts: "pending" }), /pending tasks/],
    ["a token without a session", () => ({ sid: undefined }), /no sid/],
    ["a token of an empty session", () => ({ sid: "" }), /no sid/],
    ["a token whose session is not a string", () => ({ sid: 1 }), /no sid/],
    ["a machine's token", () => ({ sub: "mch_2abc" }), /no user/],
    ["an organization's token", () => ({ sub: "org_2abc" }), /no user/],
    ["a token without a subject", () => ({ sub: undefined }), /no user|refused/],
    ["a token of an empty user", () => ({ sub: "user_" }), /no user/],
    ["a token of two users", () => ({ sub: `user_a\nuser_b` }), /no user/],
    ["a token whose user ends in a line break", () => ({ sub: "user_a\n" }), /no user/],
    ["a token of a user in a list", () => ({ sub: ["user_a"] }), /no user|refused/],
  ];
  for (const [what, changes, reason] of refused) {
    await t.step(`${what} answers 401`, async () => {
      await assertRefused(stack, { token: await claims(changes()) }, reason);
    });
  }

  const accepted: [what: string, claims: () => Record<string, unknown>][] = [
    ["a token without azp, as in native apps,", () => ({ azp: undefined })],
    ["a token that expired within the clock skew", () => ({ exp: now() })],
    ["a token that becomes valid within the clock skew", () => ({ nbf: now() + 2 })],
    ["a token of the second allowed origin", () => ({ azp: "http://localhost:5173" })],
    ["a token without a session status, as in older instances,", () => ({ sts: undefined })],
    ["a token without the Data API's role", () => ({ role: undefined })],
  ];
  for (const [what, changes] of accepted) {
    await t.step(`${what} is accepted`, async () => await assertAccepted(stack, await claims(changes())));
  }

  await t.step("a token of a JWT template, which may be valid for years, answers 401", async () => {
    const session = await stack.clerk<{ id: string }>("POST", "/v1/sessions", { user_id: stack.users.ada });
    const { jwt } = await stack.clerk<{ jwt: string }>("POST", `/v1/sessions/${session.id}/tokens/supabase`, {
      expires_in_seconds: 315_360_000,
    });
    await assertRefused(stack, { token: jwt }, /no sid/);
  });

  await t.step("a pending session's token from Clerk answers 401", async () => {
    await assertRefused(stack, { token: await stack.signIn("ada", { status: "pending" }) }, /pending tasks/);
  });

  await t.step("an oversized valid token answers 401", async () => {
    const token = await claims({ padding: "x".repeat(8_192) });
    await assertRefused(stack, { token }, /longer than 8192/);
    await assertAccepted(stack, await claims({ padding: "x".repeat(5_000) }));
  });

  await t.step("a project key as bearer answers 401 where a user is required", async () => {
    await assertRefused(stack, { token: stack.publishable_key }, /^No token was sent$/);
    await assertRefused(stack, { token: stack.secret_key }, /not a JWT/);
    await assertRefused(stack, { token: stack.clerk_secret_key }, /not a JWT/);
  });

  await t.step("the publishable key answers 401 where the catalog is not public", async () => {
    await readError(await stack.call("stripe-products", { token: stack.publishable_key }), "unauthenticated");
    await readError(await stack.call("stripe-prices", { token: stack.publishable_key }), "unauthenticated");
  });

  await t.step("a cached token answers 401 once it has expired", async () => {
    const token = await claims({ exp: now() });
    await assertAccepted(stack, token);
    await until(async () => {
      const response = await ask(stack, { token });
      await response.body?.cancel();
      return response.status === 401;
    }, "the expiry of a cached token");
    await assertRefused(stack, { token }, /has expired|token-expired/);
  });

  await t.step("after a key rotation tokens of the new and the old key are accepted", async () => {
    const old = await claims({ exp: now() + 600 });
    await assertAccepted(stack, old);
    await stack.clerk("POST", "/_local/rotate", { keep: 1 });
    const fresh = await claims({ exp: now() + 600 });
    await until(async () => {
      const response = await ask(stack, { token: fresh });
      await response.body?.cancel();
      return response.status !== 401;
    }, "the new key");
    await assertAccepted(stack, fresh);
    await assertAccepted(stack, old);
  });
});

Deno.test("Tokens with unknown kids request Clerk's keys at most once more", async () => {
  const clerk = { url: "", requests: 0 };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    clerk.requests++;
    return fetch(clerk.url + new URL(request.url).pathname, { headers: request.headers });
  });
  await using stack = await startStack({ CLERK_API_URL: `http://127.0.0.1:${server.addr.port}` });
  clerk.url = stack.clerk_url;

  const tokens = await Promise.all(Array.from({ length: 5 }, () => stack.signIn()));
  await Promise.all(tokens.map((token) => assertAccepted(stack, token)));
  assertEquals(clerk.requests, 1);

  for (const wave of [0, 1, 2]) {
    await Promise.all(tokens.map(async (token, n) => {
      const forged = await forge(token, { header: { kid: `ins_invented_${wave}_${n}` } });
      await assertRefused(stack, { token: forged }, /unknown kid/);
    }));
  }
  // One more request is allowed, in case Clerk has a new key.
  assertLessOrEqual(clerk.requests, 2);
  await assertAccepted(stack, tokens[0]!);
});

Deno.test("Tokens, verified with CLERK_JWT_KEY", async (t) => {
  await using parties = await startStack({ CLERK_AUTHORIZED_PARTIES: "https://a.example.com, https://b.example.com" });
  // The stacks of one test bed share a key.
  const pem = await readPem(parties);
  const unreachable = { CLERK_API_URL: NOWHERE, CLERK_SECRET_KEY: null };
  const other = await newKeyPair();

  await t.step("one PEM with its line breaks written as \\n verifies without Clerk", async () => {
    await using stack = await startStack({ ...unreachable, CLERK_JWT_KEY: pem.trim().replaceAll("\n", "\\n") });
    await assertAccepted(stack, await stack.sign());
    await assertRefused(stack, { token: await forge(await stack.sign(), {}, other.sign) }, /token-invalid-signature/);
    const hs256 = await forge(await stack.sign(), { header: { alg: "HS256" } }, await hmac(pem));
    await assertRefused(stack, { token: hs256 }, /not signed with RS256/);
  });

  await t.step("each of several PEMs verifies, and CLERK_ISSUER sets the issuer", async () => {
    const iss = "https://clerk.example.com";
    await using stack = await startStack({
      ...unreachable,
      CLERK_PUBLISHABLE_KEY: null,
      CLERK_JWT_KEY: other.pem + pem,
      CLERK_ISSUER: `${iss}/`,
    });
    const token = await stack.sign({ iss });
    await assertAccepted(stack, token);
    await assertAccepted(stack, await forge(token, {}, other.sign));
    const { sign } = await newKeyPair();
    await assertRefused(stack, { token: await forge(token, {}, sign) }, /token-invalid-signature/);
    await assertRefused(stack, { token: await stack.sign() }, /another issuer/);
  });

  await t.step("CLERK_AUTHORIZED_PARTIES replaces ALLOWED_ORIGINS", async () => {
    await assertAccepted(parties, await parties.sign({ azp: "https://b.example.com" }));
    await assertRefused(parties, { token: await parties.sign() }, /\(azp\)/);
  });
});

Deno.test("Tokens where the catalog is public", async (t) => {
  const anonKey = await forge("e30.e30.", { header: { alg: "HS256" }, claims: { role: "anon" } }, await hmac("legacy"));
  await using stack = await startStack({ CATALOG_ACCESS: "public", SUPABASE_ANON_KEY: anonKey });
  const read = (options: CallOptions) => stack.call("stripe-products", options);

  await t.step(
    "a caller without a token, with a public key or with a JWT of an API key is a visitor",
    async () => {
      // What Supabase's gateway sends for a caller with an apikey alone, signed with secrets that no function has.
      const [anon, service] = await Promise.all(["anon", "service_role"].map(async (role) => {
        const claims = { iss: "supabase", ref: "abc", role, iat: now(), exp: now() + 60 };
        return await forge("e30.e30.", { header: { alg: "HS256", typ: "JWT" }, claims }, await hmac("gateway"));
      }));
      for (const token of [undefined, stack.publishable_key, anonKey, anon, service]) {
        const response = await read({ token });
        await readAnswer(response, 200, ProductPage);
        assertEquals((await findLine(stack, response)).caller, "visitor");
      }
    },
  );

  await t.step("the legacy anon key answers 401 where a user is required", async () => {
    await assertRefused(stack, { token: anonKey }, /^No token was sent$/);
    const minted = await forge("e30.e30.", { header: { alg: "HS256" }, claims: { role: "service_role" } });
    await assertRefused(stack, { token: minted }, /^No token was sent$/);
  });

  await t.step("an invalid token answers 401 and is not a visitor's", async () => {
    const expired = await stack.sign({ exp: now() - 60 });
    const foreign = await stack.sign({ iss: "https://evil.example" });
    // With a subject it is a user's token, whatever the role says.
    const named = await forge(anonKey, { claims: { role: "anon", sub: "user_1" } }, await hmac("legacy"));
    const signedIn = await forge(anonKey, { claims: { role: "authenticated" } }, await hmac("legacy"));
    for (const token of [expired, foreign, named, signedIn, "garbage", stack.secret_key, `${stack.publishable_key}x`]) {
      await readError(await read({ token }), "unauthenticated");
    }
    await readError(await read({ headers: { authorization: "Basic YTpi" } }), "unauthenticated");
    await readError(await read({ headers: { authorization: "" } }), "unauthenticated");
  });

  await t.step("a valid token is its user's", async () => {
    const response = await read({ token: await stack.signIn("alan") });
    await readAnswer(response, 200, ProductPage);
    assertEquals((await findLine(stack, response)).caller, stack.users.alan);
  });

  await t.step("the log has no part of a token", async () => {
    const token = await stack.sign({ email: "ada@example.com", azp: "https://evil.example" });
    await findLine(stack, await ask(stack, { token }).then(async (response) => (await response.text(), response)));
    const logs = await stack.logs();
    assertStringIncludes(logs, "azp");
    for (const secret of [...token.split("."), anonKey, "ada@example.com", "evil.example"]) {
      assertEquals(logs.includes(secret), false);
    }
  });
});
