import { verifyToken } from "@clerk/backend";
import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { openBrowser } from "../testing/browser.ts";
import { openClerk, SECRET_KEY } from "../testing/instance.ts";

const PASSWORD = "enigma-1940";

async function openBoth() {
  const clerk = openClerk();
  const ada = await clerk.sdk.users.createUser({ emailAddress: ["ada@example.com"], password: PASSWORD });
  const browser = await openBrowser(clerk.frontend, { origin: "http://localhost:5173" });
  return { clerk, ada, browser, session: (await browser.signIn("ada@example.com", PASSWORD)).id as string };
}

Deno.test("a session's token names the page that signed in, and verifyToken accepts it", async () => {
  const { clerk, ada, browser, session } = await openBoth();
  await using _ = clerk;
  const { jwt } = await browser.read("POST", `/client/sessions/${session}/tokens`);
  const options = { secretKey: SECRET_KEY, apiUrl: clerk.url, authorizedParties: ["http://localhost:5173"] };
  const { sub, sid } = await verifyToken(jwt, options);
  assertEquals([sub, sid], [ada.id, session]);
  assertEquals("sid" in await browser.claims(`${session}`), true);
  const template = await browser.read("POST", `/client/sessions/${session}/tokens/supabase`);
  assertEquals("sid" in JSON.parse(atob(template.jwt.split(".")[1])), false);
});

Deno.test("touching a session selects the organization of its tokens; a token may be for another one", async () => {
  const { clerk, ada, browser, session } = await openBoth();
  await using _ = clerk;
  const { organizations } = clerk.sdk;
  const acme = await organizations.createOrganization({ name: "Acme", slug: "acme", createdBy: ada.id });
  const other = await organizations.createOrganization({ name: "Other", slug: "other" });
  const touch = (id: string) => ["POST", `/client/sessions/${session}/touch`, { active_organization_id: id }] as const;
  const claim = { id: acme.id, rol: "admin", slg: "acme" };

  assertEquals((await browser.claims(session, { organization_id: acme.id })).o, claim);
  assertEquals((await browser.claims(session)).o, undefined);
  assertEquals((await browser.read(...touch(acme.id))).response.last_active_organization_id, acme.id);
  assertEquals((await browser.claims(session)).o, claim);
  assertEquals((await browser.claims(session, { organization_id: "" })).o, undefined);
  assertEquals(await browser.refused(...touch(other.id)), [403, "not_a_member_in_organization"]);
  assertEquals(await browser.refused(...touch("org_none")), [404, "resource_not_found"]);
  await browser.read(...touch(""));
  assertEquals((await browser.claims(session)).o, undefined);
});

Deno.test("signing out ends the sessions of this browser only, for the Backend API too", async () => {
  const { clerk, browser, session } = await openBoth();
  await using _ = clerk;
  const other = await openBrowser(clerk.frontend);
  const kept = (await other.signIn("ada@example.com", PASSWORD)).id;
  assertEquals(await other.refused("POST", `/client/sessions/${session}/tokens`), [404, "resource_not_found"]);

  const { client } = await browser.read("DELETE", "/client/sessions");
  assertEquals([client.sessions, client.last_active_session_id], [[], null]);
  assertEquals(await browser.refused("POST", `/client/sessions/${session}/tokens`), [404, "resource_not_found"]);
  assertEquals(await browser.refused("GET", "/me"), [401, "signed_out"]);
  assertEquals((await clerk.sdk.sessions.getSession(session)).status, "removed");
  assertEquals((await other.claims(kept)).sid, kept);
  await clerk.sdk.sessions.revokeSession(kept);
  assertEquals((await other.read("GET", "/client")).response.sessions, []);
});

Deno.test("a browser has one session: a second sign-in is refused until the first one is ended", async () => {
  const { clerk, browser, session } = await openBoth();
  await using _ = clerk;
  const again = ["POST", "/client/sign_ins", { identifier: "ada@example.com", password: PASSWORD }] as const;
  assertEquals(await browser.refused(...again), [400, "session_exists"]);
  assertEquals(await browser.refused("POST", "/client/sign_ups", {}), [400, "session_exists"]);
  const { response, client } = await browser.read("POST", `/client/sessions/${session}/remove`);
  assertEquals([response.status, client.sessions, client.last_active_session_id], ["removed", [], null]);
  await browser.read(...again);
});
