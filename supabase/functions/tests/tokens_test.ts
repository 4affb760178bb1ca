/**
 * Every way a token can be wrong, at a door that does nothing else than look a user up: `GET stripe-customer` answers
 * 404 to whoever it lets in.
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

/** The token lets in, as this user. */
async function assertAccepted(stack: Stack, token: string, user = stack.users.ada) {
  const response = await ask(stack, { token });
  await readError(response, "customer_not_found");
  assertEquals((await findLine(stack, response)).caller, user);
}

/** The token is a 401 for this reason, which the caller is not told. */
async function assertRefused(stack: Stack, options: CallOptions, reason: RegExp) {
  const response = await ask(stack, options);
  const { message } = await readError(response, "unauthenticated");
  assertEquals(message, "Send a valid Clerk session token as bearer");
  assertMatch(await findReason(stack, response), reason);
  assertEquals((await findLine(stack, response)).caller, undefined);
}

Deno.test("Who is let in, with Clerk's keys fetched", async (t) => {
  await using stack = await startStack();
  const { sign: signWithAnotherKey } = await newKeyPair();
  const signature = /token-invalid-signature/;
  /** A right token, apart from its claims. */
  const claims = (changes: Record<string, unknown>, header = {}) => stack.sign(changes, header);

  await t.step("a fresh session token lets in, as the user whom it names", async () => {
    await assertAccepted(stack, await stack.signIn("ada"), stack.users.ada);
    await assertAccepted(stack, await stack.signIn("grace"), stack.users.grace);
  });

  await t.step("the scheme is read in any case, and spaces around the token are nothing", async () => {
    const token = await stack.signIn();
    for (const authorization of [`bearer ${token}`, `BEARER  ${token}`, `  Bearer ${token}  `]) {
      await readError(await ask(stack, { headers: { authorization } }), "customer_not_found");
    }
  });

  await t.step("no token is a 401", () => assertRefused(stack, {}, /^No token was sent$/));

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
    await t.step(`${what} is a 401`, async () => {
      const token = await stack.signIn();
      await assertRefused(
        stack,
        { headers: { authorization: authorization(token) } },
        /holds no bearer token|not a JWT/,
      );
    });
  }

  await t.step("a token anywhere but in the authorization header is none", async () => {
    const token = await stack.signIn();
    const headers = { apikey: token, cookie: `__session=${token}`, "x-clerk-auth-token": token };
    await assertRefused(stack, { headers }, /^No token was sent$/);
  });

  await t.step("garbage is a 401", async () => {
    const garbage = ["garbage", "a.b", "a.b.c", "..", "e30.e30.", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA", "null", "%00"];
    for (const token of garbage) await assertRefused(stack, { token }, /not a JWT|not signed with RS256/);
  });

  await t.step("trap 15: an unsigned token (alg none) is a 401", async () => {
    const token = await stack.signIn();
    for (const alg of ["none", "None", "NONE", "", null, undefined, ["RS256"], { toString: "RS256" }]) {
      await assertRefused(stack, { token: await forge(token, { header: { alg } }) }, /not signed with RS256/);
    }
    await assertRefused(stack, { token: await forge(token, {}) }, /refused|not a JWT/);
  });

  await t.step("trap 15: a token signed by HS256 with the public key as secret is a 401", async () => {
    const token = await stack.signIn();
    for (const secret of [stack.clerk_jwt_key, stack.clerk_jwt_key.trim(), stack.clerk_jwt_key.split("\n")[1]!]) {
      const sign = await hmac(secret);
      await assertRefused(stack, { token: await forge(token, { header: { alg: "HS256" } }, sign) }, /not signed with/);
      await assertRefused(stack, { token: await forge(token, {}, sign) }, signature);
    }
  });

  await t.step("trap 15: other RSA algorithms are not taken, RS256 is pinned", async () => {
    for (const alg of ["RS384", "RS512", "PS256"]) {
      const token = await forge(await stack.signIn(), { header: { alg } }, signWithAnotherKey);
      await assertRefused(stack, { token }, /not signed with RS256/);
    }
  });

  await t.step("a token of another key under the known kid is a 401", async () => {
    await assertRefused(stack, { token: await forge(await stack.signIn(), {}, signWithAnotherKey) }, signature);
  });

  await t.step("a token of an unknown kid, or of none, is a 401", async () => {
    const token = await stack.signIn();
    for (const kid of ["ins_unknown", undefined, null, 5, "", "../../x"]) {
      await assertRefused(stack, { token: await forge(token, { header: { kid } }, signWithAnotherKey) }, /unknown kid/);
    }
  });

  await t.step("a token that brings its own key is a 401", async () => {
    const jwk = { kty: "RSA", n: "AQAB", e: "AQAB" };
    for (const header of [{ jwk }, { jku: "https://evil.example/jwks" }, { x5u: "https://evil.example" }]) {
      await assertRefused(
        stack,
        { token: await forge(await stack.signIn(), { header }, signWithAnotherKey) },
        signature,
      );
    }
  });

  await t.step("a tampered payload is a 401", async () => {
    const token = await stack.signIn();
    await assertAccepted(stack, token);
    await assertRefused(stack, { token: await tamper(token, { sub: stack.users.grace }) }, signature);
    await assertRefused(stack, { token: await tamper(token, { exp: now() + 3_600 }) }, signature);
  });

  await t.step("another spelling of the same signature does not make the token another user's", async () => {
    const token = await stack.signIn();
    const [header, payload] = token.split(".");
    await assertRefused(stack, { token: `${header}.${payload}.` }, /refused|not a JWT/);
    await assertRefused(stack, { token: `${token}.${payload}` }, /not a JWT|refused/);
  });

  const refused: [what: string, claims: () => Record<string, unknown>, reason: RegExp][] = [
    ["trap 15: a token of another issuer", () => ({ iss: "https://evil.clerk.accounts.dev" }), /another issuer/],
    ["a token of the issuer's look-alike", () => ({ iss: `${stack.clerk_issuer}.evil.example` }), /another issuer/],
    ["a token of the issuer with a slash", () => ({ iss: `${stack.clerk_issuer}/` }), /another issuer/],
    ["a token without an issuer", () => ({ iss: undefined }), /another issuer/],
    ["a token whose issuer is a list", () => ({ iss: [stack.clerk_issuer] }), /another issuer/],
    ["trap 15: a token of a foreign azp", () => ({ azp: "https://evil.example" }), /\(azp\)/],
    ["a token whose azp begins with ours", () => ({ azp: `${ORIGIN}.evil.example` }), /\(azp\)/],
    ["a token of an empty azp", () => ({ azp: "" }), /\(azp\)/],
    ["a token whose azp is null", () => ({ azp: null }), /\(azp\)/],
    ["a token whose azp is a list", () => ({ azp: [ORIGIN] }), /\(azp\)/],
    ["an expired token", () => ({ exp: now() - 60 }), /token-expired/],
    ["a token that expired just before the skew", () => ({ exp: now() - 7 }), /token-expired/],
    ["a token without an end", () => ({ exp: undefined }), /refused/],
    ["a token whose end is a text", () => ({ exp: String(now() + 60) }), /refused/],
    ["a token that is not yet valid", () => ({ nbf: now() + 60 }), /token-not-active-yet/],
    ["a token of the future", () => ({ iat: now() + 60 }), /refused/],
    ["a pending session's token", () => ({ sts: "pending" }), /pending tasks/],
    ["a token without a session", () => ({ sid: undefined }), /no sid/],
    ["a token of an empty session", () => ({ sid: "" }), /no sid/],
    ["a token whose session is no text", () => ({ sid: 1 }), /no sid/],
    ["a machine's token", () => ({ sub: "mch_2abc" }), /no user/],
    ["an organisation's token", () => ({ sub: "org_2abc" }), /no user/],
    ["a token without a subject", () => ({ sub: undefined }), /no user|refused/],
    ["a token of an empty user", () => ({ sub: "user_" }), /no user/],
    ["a token of two users", () => ({ sub: `user_a\nuser_b` }), /no user/],
    ["a token whose user ends in a line break", () => ({ sub: "user_a\n" }), /no user/],
    ["a token of a user in a list", () => ({ sub: ["user_a"] }), /no user|refused/],
  ];
  for (const [what, changes, reason] of refused) {
    await t.step(`${what} is a 401`, async () => {
      await assertRefused(stack, { token: await claims(changes()) }, reason);
    });
  }

  const accepted: [what: string, claims: () => Record<string, unknown>][] = [
    ["a token without azp, as native apps have it", () => ({ azp: undefined })],
    ["a token that has just expired, within the skew", () => ({ exp: now() })],
    ["a token that is valid in a moment, within the skew", () => ({ nbf: now() + 2 })],
    ["a token of the second allowed origin", () => ({ azp: "http://localhost:5173" })],
    ["a token without a session status, as older instances have it", () => ({ sts: undefined })],
    ["a token without the Data API's role", () => ({ role: undefined })],
  ];
  for (const [what, changes] of accepted) {
    await t.step(`${what} lets in`, async () => await assertAccepted(stack, await claims(changes())));
  }

  await t.step("trap 15: a template's token, which may live for years, is a 401", async () => {
    const session = await stack.clerk<{ id: string }>("POST", "/v1/sessions", { user_id: stack.users.ada });
    const { jwt } = await stack.clerk<{ jwt: string }>("POST", `/v1/sessions/${session.id}/tokens/supabase`, {
      expires_in_seconds: 315_360_000,
    });
    await assertRefused(stack, { token: jwt }, /no sid/);
  });

  await t.step("a pending session's token, as Clerk makes it, is a 401", async () => {
    await assertRefused(stack, { token: await stack.signIn("ada", { status: "pending" }) }, /pending tasks/);
  });

  await t.step("an oversized token is a 401, however right it is", async () => {
    const token = await claims({ padding: "x".repeat(8_192) });
    await assertRefused(stack, { token }, /longer than 8192/);
    await assertAccepted(stack, await claims({ padding: "x".repeat(5_000) }));
  });

  await t.step("the project's keys let nobody in where a user is asked for", async () => {
    await assertRefused(stack, { token: stack.publishable_key }, /^No token was sent$/);
    await assertRefused(stack, { token: stack.secret_key }, /not a JWT/);
    await assertRefused(stack, { token: stack.clerk_secret_key }, /not a JWT/);
  });

  await t.step("the publishable key reads no closed catalog", async () => {
    await readError(await stack.call("stripe-products", { token: stack.publishable_key }), "unauthenticated");
    await readError(await stack.call("stripe-prices", { token: stack.publishable_key }), "unauthenticated");
  });

  await t.step("a remembered token is refused once it has expired", async () => {
    const token = await claims({ exp: now() });
    await assertAccepted(stack, token);
    await until(async () => {
      const response = await ask(stack, { token });
      await response.body?.cancel();
      return response.status === 401;
    }, "the end of a remembered token");
    await assertRefused(stack, { token }, /has expired|token-expired/);
  });

  await t.step("after a key rotation the new key's token lets in, and the old one's still does", async () => {
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

Deno.test("trap 15: Clerk is asked for its keys once, whatever kids are invented", async () => {
  const clerk = { url: "", asked: 0 };
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    clerk.asked++;
    return fetch(clerk.url + new URL(request.url).pathname, { headers: request.headers });
  });
  await using stack = await startStack({ CLERK_API_URL: `http://127.0.0.1:${server.addr.port}` });
  clerk.url = stack.clerk_url;

  const tokens = await Promise.all(Array.from({ length: 5 }, () => stack.signIn()));
  await Promise.all(tokens.map((token) => assertAccepted(stack, token)));
  assertEquals(clerk.asked, 1);

  for (const wave of [0, 1, 2]) {
    await Promise.all(tokens.map(async (token, n) => {
      const forged = await forge(token, { header: { kid: `ins_invented_${wave}_${n}` } });
      await assertRefused(stack, { token: forged }, /unknown kid/);
    }));
  }
  // It may be looked for once, in case that Clerk has a new one.
  assertLessOrEqual(clerk.asked, 2);
  await assertAccepted(stack, tokens[0]!);
});

Deno.test("Who is let in, networkless", async (t) => {
  await using parties = await startStack({ CLERK_AUTHORIZED_PARTIES: "https://a.example.com, https://b.example.com" });
  // The stacks of one bench share a key.
  const pem = await readPem(parties);
  const unreachable = { CLERK_API_URL: NOWHERE, CLERK_SECRET_KEY: null };
  const other = await newKeyPair();

  await t.step("one PEM, its line breaks written as \\n, needs no Clerk", async () => {
    await using stack = await startStack({ ...unreachable, CLERK_JWT_KEY: pem.trim().replaceAll("\n", "\\n") });
    await assertAccepted(stack, await stack.sign());
    await assertRefused(stack, { token: await forge(await stack.sign(), {}, other.sign) }, /token-invalid-signature/);
    const hs256 = await forge(await stack.sign(), { header: { alg: "HS256" } }, await hmac(pem));
    await assertRefused(stack, { token: hs256 }, /not signed with RS256/);
  });

  await t.step("of several PEMs, for a rotation, each lets in; CLERK_ISSUER says who must have signed", async () => {
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

  await t.step("CLERK_AUTHORIZED_PARTIES takes the place of ALLOWED_ORIGINS", async () => {
    await assertAccepted(parties, await parties.sign({ azp: "https://b.example.com" }));
    await assertRefused(parties, { token: await parties.sign() }, /\(azp\)/);
  });
});

Deno.test("Who is let in where the catalog is public", async (t) => {
  const anonKey = await forge("e30.e30.", { header: { alg: "HS256" }, claims: { role: "anon" } }, await hmac("legacy"));
  await using stack = await startStack({ CATALOG_ACCESS: "public", SUPABASE_ANON_KEY: anonKey });
  const read = (options: CallOptions) => stack.call("stripe-products", options);

  await t.step(
    "anybody without a token is a visitor, also with one of the project's public keys as bearer",
    async () => {
      for (const token of [undefined, stack.publishable_key, anonKey]) {
        const response = await read({ token });
        await readAnswer(response, 200, ProductPage);
        assertEquals((await findLine(stack, response)).caller, "visitor");
      }
    },
  );

  await t.step("the legacy anon key lets nobody in where a user is asked for", async () => {
    await assertRefused(stack, { token: anonKey }, /^No token was sent$/);
  });

  await t.step("a token that is sent but bad is a 401, never a visitor's", async () => {
    const expired = await stack.sign({ exp: now() - 60 });
    const foreign = await stack.sign({ iss: "https://evil.example" });
    const forged = await forge(anonKey, { claims: { role: "anon", extra: 1 } }, await hmac("legacy"));
    for (const token of [expired, foreign, forged, "garbage", stack.secret_key, `${stack.publishable_key}x`]) {
      await readError(await read({ token }), "unauthenticated");
    }
    await readError(await read({ headers: { authorization: "Basic YTpi" } }), "unauthenticated");
    await readError(await read({ headers: { authorization: "" } }), "unauthenticated");
  });

  await t.step("a user is a user", async () => {
    const response = await read({ token: await stack.signIn("alan") });
    await readAnswer(response, 200, ProductPage);
    assertEquals((await findLine(stack, response)).caller, stack.users.alan);
  });

  await t.step("no token shows in the log", async () => {
    const token = await stack.sign({ email: "ada@example.com", azp: "https://evil.example" });
    await findLine(stack, await ask(stack, { token }).then(async (response) => (await response.text(), response)));
    const logs = await stack.logs();
    assertStringIncludes(logs, "azp");
    for (const secret of [...token.split("."), anonKey, "ada@example.com", "evil.example"]) {
      assertEquals(logs.includes(secret), false);
    }
  });
});
