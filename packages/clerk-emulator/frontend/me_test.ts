import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { openBrowser } from "../testing/browser.ts";
import { codeOf, openClerk } from "../testing/instance.ts";

const PASSWORD = "enigma-1940";

/** Ada, signed in, and the events that the instance sends. */
async function openAda() {
  const clerk = openClerk();
  const ada = await clerk.sdk.users.createUser({
    emailAddress: ["ada@example.com"],
    firstName: "Ada",
    password: PASSWORD,
    privateMetadata: { note: "private" },
  });
  const events: [string, any][] = [];
  clerk.webhooks.emit = (_instance, type, data) => void events.push([type, structuredClone(data)]);
  const browser = await openBrowser(clerk.frontend);
  const session = await browser.signIn("ada@example.com", PASSWORD);
  return { clerk, ada, browser, session, events };
}

Deno.test("a user changes the name, which is an event, and nothing that is private or not the user's to change", async () => {
  const { clerk, ada, browser, session, events } = await openAda();
  await using _ = clerk;
  const fields = { first_name: "Augusta", last_name: "", external_id: "other", banned: "true" };
  const { response, client } = await browser.read("PATCH", "/me", fields);
  assertEquals([response.first_name, response.last_name, response.password_enabled], ["Augusta", null, true]);
  assertEquals(client.sessions[0].user.first_name, "Augusta");
  for (const shown of [response, session.user]) assertEquals("private_metadata" in shown, false);
  const user = await clerk.sdk.users.getUser(ada.id);
  assertEquals([user.externalId, user.banned], [null, false]);
  assertEquals(events.map(([type, { first_name }]) => [type, first_name]), [["user.updated", "Augusta"]]);
});

Deno.test("a user who deletes the account is signed out, unknown to the Backend API, and an event", async () => {
  const { clerk, ada, browser, events } = await openAda();
  await using _ = clerk;
  const { response, client } = await browser.read("DELETE", "/me");
  assertEquals([response.deleted, client.sessions, client.last_active_session_id], [true, [], null]);
  assertEquals(await codeOf(clerk.sdk.users.getUser(ada.id)), "resource_not_found");
  assertEquals(events, [["user.deleted", { id: ada.id, object: "user", deleted: true }]]);
  assertEquals(await browser.refused("POST", "/client/sign_ins", { identifier: "ada@example.com" }), [
    422,
    "form_identifier_not_found",
  ]);
});

Deno.test("a password is changed with the current one, and must be long enough", async () => {
  const { clerk, browser } = await openAda();
  await using _ = clerk;
  const change = (current_password: string, new_password: string) =>
    ["POST", "/me/change_password", { current_password, new_password }] as const;
  assertEquals(await browser.refused(...change("wrong", "difference-1843")), [422, "form_password_incorrect"]);
  assertEquals(await browser.refused(...change(PASSWORD, "short")), [422, "form_password_length_too_short"]);
  await browser.read(...change(PASSWORD, "difference-1843"));
  const other = await openBrowser(clerk.frontend);
  assertEquals((await other.signIn("ada@example.com", "difference-1843")).status, "active");
});

Deno.test("an address that a user adds belongs to the user once it is verified", async () => {
  const { clerk, ada, browser, events } = await openAda();
  await using _ = clerk;
  const added = { email_address: "augusta@example.com" };
  const { response } = await browser.read("POST", "/me/email_addresses", added);
  assertEquals(response.verification.status, "unverified");
  const unknown = { identifier: "augusta@example.com" };
  const other = await openBrowser(clerk.frontend);
  assertEquals(await other.refused("POST", "/client/sign_ins", unknown), [422, "form_identifier_not_found"]);

  const makePrimary = ["PATCH", "/me", { primary_email_address_id: response.id }] as const;
  assertEquals(await browser.refused(...makePrimary), [422, "form_param_value_invalid"]);
  const path = `/me/email_addresses/${response.id}`;
  await browser.read("POST", `${path}/prepare_verification`, { strategy: "email_code" });
  assertEquals(await browser.refused("POST", `${path}/attempt_verification`, { code: "1" }), [
    422,
    "form_code_incorrect",
  ]);
  const verified = await browser.read("POST", `${path}/attempt_verification`, { code: "424242" });
  assertEquals(verified.response.verification.status, "verified");
  await browser.read(...makePrimary);
  const primary = async () => (await clerk.sdk.users.getUser(ada.id)).primaryEmailAddress?.emailAddress;
  assertEquals(await primary(), "augusta@example.com");
  await browser.read("DELETE", path);
  assertEquals(await primary(), "ada@example.com");
  assertEquals(events.map(([type]) => type), Array(4).fill("user.updated"));

  await clerk.createUser("grace");
  const taken = await browser.refused("POST", "/me/email_addresses", { email_address: "grace@example.com" });
  assertEquals(taken, [422, "form_identifier_exists"]);
});
