import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { createClerkClient, verifyToken } from "@clerk/backend";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { listen } from "../../scripts/lib/listen.ts";
import { createClerk, emptyState, newSigningKey } from "./mod.ts";

const SECRET_KEY = "sk_test_local_clerk";
const signingKey = newSigningKey();

/** The unmodified SDK on an instance of its own. */
function openClerk() {
  const state = emptyState(signingKey);
  const app = createClerk(state, {
    issuer: "https://local.clerk.accounts.dev",
    secretKey: SECRET_KEY,
    authorizedParty: "http://localhost:3000",
  });
  const server = listen(0, (request) => app.fetch(request));
  const sdk = createClerkClient({ apiUrl: server.url, secretKey: SECRET_KEY, telemetry: { disabled: true } });
  return {
    url: server.url,
    sdk,
    async ask(path: string, body?: unknown, key = SECRET_KEY) {
      return await fetch(server.url + path, {
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${key}` },
        body: body === undefined ? null : JSON.stringify(body),
      });
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

Deno.test("The SDK creates, reads, finds, changes and deletes users", async () => {
  await using clerk = openClerk();
  const { users } = clerk.sdk;
  const ada = await users.createUser({ emailAddress: ["ada@example.com"], firstName: "Ada" });
  const grace = await users.createUser({ emailAddress: ["grace@example.com"] });
  assertMatch(ada.id, /^user_/);
  assertEquals((await users.getUser(ada.id)).primaryEmailAddress?.emailAddress, "ada@example.com");

  const list = async (query = {}) => (await users.getUserList(query)).data.map(({ id }) => id);
  assertEquals(await list(), [grace.id, ada.id]);
  assertEquals(await list({ orderBy: "+created_at" }), [ada.id, grace.id]);
  assertEquals(await list({ limit: 1, offset: 1 }), [ada.id]);
  assertEquals(await list({ emailAddress: ["ada@example.com"] }), [ada.id]);
  assertEquals((await users.getUserList({ emailAddress: ["nobody@example.com"] })).totalCount, 0);

  assertEquals((await users.updateUser(ada.id, { firstName: "Augusta" })).firstName, "Augusta");
  assertEquals((await users.deleteUser(ada.id)).id, ada.id);
  await assertRejects(() => users.getUser(ada.id), Error, "Not Found");
  assertEquals((await clerk.ask(`/v1/users/${ada.id}`)).status, 404);
});

Deno.test("An email address belongs to one user", async () => {
  await using clerk = openClerk();
  await clerk.sdk.users.createUser({ emailAddress: ["ada@example.com"] });
  const answer = await clerk.ask("/v1/users", { email_address: ["ada@example.com"] });
  assertEquals([answer.status, (await answer.json()).errors[0].code], [422, "form_identifier_exists"]);
});

Deno.test("A session's token carries Clerk's claims for a minute, and verifyToken accepts it", async () => {
  await using clerk = openClerk();
  const user = await clerk.sdk.users.createUser({ emailAddress: ["ada@example.com"] });
  const session = await clerk.sdk.sessions.createSession({ userId: user.id });
  const { jwt } = await clerk.sdk.sessions.getToken(session.id);
  const { iat = 0, exp = 0, nbf = 0, ...claims } = decodeJwt(jwt);
  assertEquals([exp - iat, iat - nbf], [60, 10]);
  assertEquals(claims, {
    azp: "http://localhost:3000",
    fva: [0, -1],
    iss: "https://local.clerk.accounts.dev",
    role: "authenticated",
    sid: session.id,
    sts: "active",
    sub: user.id,
    v: 2,
  });
  const options = { secretKey: SECRET_KEY, apiUrl: clerk.url, authorizedParties: ["http://localhost:3000"] };
  assertEquals((await verifyToken(jwt, options)).sub, user.id);

  const long = await clerk.sdk.sessions.getToken(session.id, undefined, 3_600);
  const times = decodeJwt(long.jwt);
  assertEquals((times.exp ?? 0) - (times.iat ?? 0), 3_600);
});

Deno.test("A template's token has no session, a pending session says so, a revoked one gets no token", async () => {
  await using clerk = openClerk();
  const user = await clerk.sdk.users.createUser({ emailAddress: ["ada@example.com"] });
  const open = async (fields: Record<string, unknown>) =>
    (await (await clerk.ask("/v1/sessions", { user_id: user.id, ...fields })).json()).id;
  const claimsOf = async (id: string, template?: string) =>
    decodeJwt((await clerk.sdk.sessions.getToken(id, template)).jwt);

  assertEquals("sid" in await claimsOf(await open({}), "supabase"), false);
  assertEquals((await claimsOf(await open({ status: "pending" }))).sts, "pending");
  assertEquals((await claimsOf(await open({ azp: "https://other.example.com" }))).azp, "https://other.example.com");
  assertEquals("azp" in await claimsOf(await open({ azp: null })), false);
  const revoked = await open({});
  await clerk.sdk.sessions.revokeSession(revoked);
  await assertRejects(() => clerk.sdk.sessions.getToken(revoked));
  await assertRejects(() => clerk.sdk.sessions.createSession({ userId: "user_nobody" }));
});

Deno.test("After a rotation the new key signs, and both verify until the old one is dropped", async () => {
  await using clerk = openClerk();
  const user = await clerk.sdk.users.createUser({ emailAddress: ["ada@example.com"] });
  const { id } = await clerk.sdk.sessions.createSession({ userId: user.id });
  const kids = async () => {
    const { keys } = await (await fetch(`${clerk.url}/.well-known/jwks.json`)).json();
    return keys.map(({ kid }: { kid: string }) => kid);
  };
  const kidOf = (jwt: string) => decodeProtectedHeader(jwt).kid;

  const before = await clerk.sdk.sessions.getToken(id);
  await (await clerk.ask("/_local/rotate", {})).body?.cancel();
  const after = await clerk.sdk.sessions.getToken(id);
  assertNotEquals(kidOf(before.jwt), kidOf(after.jwt));
  assertEquals(await kids(), [kidOf(before.jwt), kidOf(after.jwt)]);
  assertEquals((await (await clerk.ask("/_local/pem")).text()).split("BEGIN PUBLIC KEY").length, 3);

  await (await clerk.ask("/_local/rotate", { keep: 0 })).body?.cancel();
  assertEquals((await kids()).length, 1);
});

Deno.test("Any claims under any header are signed on demand, with the secret key only", async () => {
  await using clerk = openClerk();
  const request = { claims: { sub: "user_odd", exp: 1 }, header: { kid: "ins_odd" } };
  const { jwt } = await (await clerk.ask("/_local/sign", request)).json();
  assertEquals(decodeJwt(jwt), request.claims);
  assertEquals(decodeProtectedHeader(jwt).kid, "ins_odd");
  for (const path of ["/_local/sign", "/_local/rotate", "/v1/users"]) {
    const answer = await clerk.ask(path, {}, "sk_test_wrong");
    assertEquals([answer.status, (await answer.json()).errors[0].code], [401, "clerk_key_invalid"]);
  }
});
