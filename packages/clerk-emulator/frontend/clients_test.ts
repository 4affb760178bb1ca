import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { openBrowser } from "../testing/browser.ts";
import { openClerk, ORIGIN } from "../testing/instance.ts";

Deno.test("a new browser has a client without sessions, and one that is unknown is asked to register again", async () => {
  await using clerk = openClerk();
  const browser = await openBrowser(clerk.frontend);
  const { response, client } = await browser.read("GET", "/client");
  assertEquals([response.object, response.sessions, response.last_active_session_id, client], [
    "client",
    [],
    null,
    null,
  ]);

  const answer = await clerk.frontend(new Request(`${ORIGIN}/v1/client?__clerk_db_jwt=dvb_gone`));
  const { errors } = await answer.json();
  assertEquals([answer.status, errors[0].code], [401, "dev_browser_unauthenticated"]);
});

Deno.test("the settings are read and sent, organizations are enabled, and an unknown route is a 404 in Clerk's form", async () => {
  await using clerk = openClerk();
  const browser = await openBrowser(clerk.frontend);
  for (const method of ["GET", "PATCH"]) {
    const { display_config, organization_settings } = await browser.read(method, "/environment");
    assertEquals([display_config.application_name, organization_settings.enabled], ["Test", true]);
  }
  assertEquals(await browser.refused("GET", "/none"), [404, "resource_not_found"]);
});

Deno.test("a client survives a restart, and a state without clients gets them", async () => {
  await using before = openClerk();
  await before.sdk.users.createUser({ emailAddress: ["ada@example.com"], password: "enigma-1940" });
  const { clients, passwords: _, sign_in_tokens: __, invitations: ___, ...older } = JSON.parse(
    JSON.stringify(before.state),
  );
  assertEquals(clients, {});
  await using after = openClerk(older);
  const browser = await openBrowser(after.frontend);
  const { response } = await browser.read("POST", "/client/sign_ins", { identifier: "ada@example.com" });
  assertEquals(response.status, "needs_first_factor");

  await using again = openClerk(JSON.parse(JSON.stringify(after.state)));
  assertEquals(Object.values(again.state.clients).map(({ sign_in }) => sign_in?.id), [response.id]);
});
