import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { openBrowser } from "../testing/browser.ts";
import { openClerk } from "../testing/instance.ts";

Deno.test("a visitor signs up with the code, and signs in with the password afterwards", async () => {
  await using clerk = openClerk();
  const browser = await openBrowser(clerk.frontend);
  const fields = { email_address: "Katherine@Example.com", first_name: "Katherine" };
  const { response } = await browser.read("POST", "/client/sign_ups", fields);
  assertEquals([response.status, response.missing_fields], ["missing_requirements", ["password"]]);
  const path = `/client/sign_ups/${response.id}`;
  assertEquals(await browser.refused("POST", `${path}/attempt_verification`, { code: "424242" }), [
    422,
    "form_param_missing",
  ]);
  assertEquals(await browser.refused("PATCH", path, { password: "short" }), [422, "form_password_length_too_short"]);
  const updated = await browser.read("PATCH", path, { password: "orbit-1962" });
  assertEquals([updated.response.missing_fields, updated.response.unverified_fields], [[], ["email_address"]]);

  await browser.read("POST", `${path}/prepare_verification`, { strategy: "email_code" });
  assertEquals(await browser.refused("POST", `${path}/attempt_verification`, { code: "1" }), [
    422,
    "form_code_incorrect",
  ]);
  const done = await browser.read("POST", `${path}/attempt_verification`, { code: "424242" });
  assertEquals([done.response.status, done.client.sessions.length], ["complete", 1]);
  const user = await clerk.sdk.users.getUser(done.response.created_user_id);
  assertEquals([user.firstName, user.primaryEmailAddress?.emailAddress], ["Katherine", "katherine@example.com"]);

  const other = await openBrowser(clerk.frontend);
  assertEquals((await other.signIn("katherine@example.com", "orbit-1962")).user.id, user.id);
  await other.read("DELETE", "/client/sessions");
  assertEquals(await other.refused("POST", "/client/sign_ups", fields), [422, "form_identifier_exists"]);
});
