import { decodeJwt } from "jose";
import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { codeOf, openClerk } from "./testing/instance.ts";

Deno.test("a state saved before there were organizations loads, with its users and sessions", async () => {
  const before = openClerk();
  const ada = await before.createUser("ada");
  const session = await before.sdk.sessions.createSession({ userId: ada.id });
  await before[Symbol.asyncDispose]();
  const { organizations: _, memberships: __, ...saved } = JSON.parse(JSON.stringify(before.state));
  delete saved.sessions[session.id].last_active_organization_id;

  await using after = openClerk(saved);
  assertEquals((await after.sdk.users.getUser(ada.id)).firstName, "ada");
  assertEquals("o" in decodeJwt((await after.sdk.sessions.getToken(session.id)).jwt), false);
  const acme = { name: "Acme", slug: "acme", createdBy: ada.id };
  assertEquals(await codeOf(after.sdk.organizations.createOrganization(acme)), undefined);
});

Deno.test("organizations, memberships and the active organization survive a restart", async () => {
  const before = openClerk();
  const ada = await before.createUser("ada");
  const acme = await before.sdk.organizations.createOrganization({ name: "Acme", slug: "acme", createdBy: ada.id });
  const session = await before.sdk.sessions.createSession({ userId: ada.id });
  await before.setActiveOrganization(session.id, acme.id);
  await before[Symbol.asyncDispose]();

  await using after = openClerk(JSON.parse(JSON.stringify(before.state)));
  const { jwt } = await after.sdk.sessions.getToken(session.id);
  assertEquals(decodeJwt(jwt).o, { id: acme.id, rol: "admin", slg: "acme" });
});
