import { verifyToken } from "@clerk/backend";
import { decodeJwt } from "jose";
import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { codeOf, openClerk, ORIGIN, SECRET_KEY } from "./testing/instance.ts";

Deno.test("a session token has Clerk's claims of version 2 for a minute, and verifyToken accepts it", async () => {
  await using clerk = openClerk();
  const user = await clerk.createUser("ada");
  const session = await clerk.sdk.sessions.createSession({ userId: user.id });
  const { jwt } = await clerk.sdk.sessions.getToken(session.id);
  const { iat = 0, exp = 0, nbf = 0, ...claims } = decodeJwt(jwt);
  assertEquals([exp - iat, iat - nbf], [60, 10]);
  assertEquals(claims, {
    azp: ORIGIN,
    fva: [0, -1],
    iss: "https://local.clerk.accounts.dev",
    role: "authenticated",
    sid: session.id,
    sts: "active",
    sub: user.id,
    v: 2,
  });
  const options = { secretKey: SECRET_KEY, apiUrl: clerk.url, authorizedParties: [ORIGIN] };
  assertEquals((await verifyToken(jwt, options)).sub, user.id);

  const long = await clerk.sdk.sessions.getToken(session.id, undefined, 3_600);
  const times = decodeJwt(long.jwt);
  assertEquals((times.exp ?? 0) - (times.iat ?? 0), 3_600);
});

Deno.test("a template's token has no session, a pending session has sts pending, a revoked one gets none", async () => {
  await using clerk = openClerk();
  const user = await clerk.createUser("ada");
  const open = async (fields: Record<string, unknown>) =>
    (await clerk.call("/v1/sessions", { user_id: user.id, ...fields })).body.id;
  const claimsOf = async (id: string, template?: string) =>
    decodeJwt((await clerk.sdk.sessions.getToken(id, template)).jwt);

  assertEquals("sid" in await claimsOf(await open({}), "supabase"), false);
  assertEquals((await claimsOf(await open({ status: "pending" }))).sts, "pending");
  assertEquals(
    (await claimsOf(await open({ azp: "https://other.example.com" }))).azp,
    "https://other.example.com",
  );
  assertEquals("azp" in await claimsOf(await open({ azp: null })), false);
  const revoked = await open({});
  await clerk.sdk.sessions.revokeSession(revoked);
  assertEquals(await codeOf(clerk.sdk.sessions.getToken(revoked)), "resource_not_found");
  assertEquals(await codeOf(clerk.sdk.sessions.createSession({ userId: "user_none" })), "resource_not_found");
});
