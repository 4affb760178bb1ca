import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { openBrowser } from "../testing/browser.ts";
import { openClerk } from "../testing/instance.ts";

async function openBoth(password?: string) {
  const clerk = openClerk();
  const ada = await clerk.sdk.users.createUser({ emailAddress: ["ada@example.com"], password });
  return { clerk, ada, browser: await openBrowser(clerk.frontend) };
}

Deno.test("a wrong password is a 422 that names the field, and the right one ends with a session", async () => {
  const { clerk, ada, browser } = await openBoth("enigma-1940");
  await using _ = clerk;
  const { response } = await browser.read("POST", "/client/sign_ins", { identifier: "Ada@Example.com" });
  assertEquals(response.status, "needs_first_factor");
  assertEquals(response.supported_first_factors.map(({ strategy }: { strategy: string }) => strategy), [
    "password",
    "email_code",
  ]);
  const attempt = `/client/sign_ins/${response.id}/attempt_first_factor`;
  const { status, body } = await browser.call("POST", attempt, { strategy: "password", password: "wrong" });
  assertEquals(status, 422);
  assertEquals(body.errors, [{
    code: "form_password_incorrect",
    message: "Password is incorrect. Try again, or use another method.",
    long_message: "Password is incorrect. Try again, or use another method.",
    meta: { param_name: "password" },
  }]);

  const done = await browser.read("POST", attempt, { strategy: "password", password: "enigma-1940" });
  assertEquals(done.response.status, "complete");
  assertEquals(done.client.last_active_session_id, done.response.created_session_id);
  assertEquals(done.client.sign_in, null);
  assertEquals(done.client.sessions[0].user.id, ada.id);
});

Deno.test("the test code signs in, another code does not, and an unknown address is reported", async () => {
  const { clerk, browser } = await openBoth();
  await using _ = clerk;
  const { response } = await browser.read("POST", "/client/sign_ins", { identifier: "ada@example.com" });
  assertEquals(response.supported_first_factors.length, 1, "no password is offered to a user without one");
  const path = `/client/sign_ins/${response.id}`;
  await browser.read("POST", `${path}/prepare_first_factor`, { strategy: "email_code" });
  const attempt = `${path}/attempt_first_factor`;
  const code = { strategy: "email_code" };
  assertEquals(await browser.refused("POST", attempt, { ...code, code: "000000" }), [422, "form_code_incorrect"]);
  assertEquals(await browser.refused("POST", attempt, { strategy: "password", password: "" }), [
    422,
    "strategy_for_user_invalid",
  ]);
  const done = await browser.read("POST", attempt, { ...code, code: "424242" });
  assertEquals(done.response.status, "complete");
  assertEquals(await browser.refused("POST", attempt, { ...code, code: "424242" }), [404, "resource_not_found"]);
  await browser.read("DELETE", "/client/sessions");
  const unknown = await browser.refused("POST", "/client/sign_ins", { identifier: "eve@example.com" });
  assertEquals(unknown, [422, "form_identifier_not_found"]);
});

Deno.test("a sign-in token of the Backend API is good for one sign-in, and for none once revoked", async () => {
  const { clerk, ada, browser } = await openBoth();
  await using _ = clerk;
  const { signInTokens } = clerk.sdk;
  const create = () => signInTokens.createSignInToken({ userId: ada.id, expiresInSeconds: 60 });
  const redeem = (ticket: string) => ["POST", "/client/sign_ins", { strategy: "ticket", ticket }] as const;
  const { token } = await create();
  const { response, client } = await browser.read(...redeem(token));
  assertEquals([response.status, client.sessions[0].user.id], ["complete", ada.id]);
  await browser.read("DELETE", "/client/sessions");
  assertEquals(await browser.refused(...redeem(token)), [400, "sign_in_token_already_used_code"]);
  assertEquals(await browser.refused(...redeem("constructor")), [400, "ticket_invalid_code"]);

  const revoked = await create();
  assertEquals((await signInTokens.revokeSignInToken(revoked.id)).status, "revoked");
  assertEquals(await browser.refused(...redeem(revoked.token)), [400, "sign_in_token_already_used_code"]);
  const late = await signInTokens.createSignInToken({ userId: ada.id, expiresInSeconds: 0 });
  assertEquals(await browser.refused(...redeem(late.token)), [400, "ticket_expired_code"]);
});

Deno.test("an attempt belongs to the browser that began it", async () => {
  const { clerk, browser } = await openBoth("enigma-1940");
  await using _ = clerk;
  const { response } = await browser.read("POST", "/client/sign_ins", { identifier: "ada@example.com" });
  const other = await openBrowser(clerk.frontend);
  assertEquals(await other.refused("GET", `/client/sign_ins/${response.id}`), [404, "resource_not_found"]);
});
