import { createStripe, emptyState } from "../../mod.ts";
import { openAccount, SECRET_KEY } from "../../testing/account.ts";
import { assertEquals } from "../../testing/assert.ts";

Deno.test("GET /v1/account answers the account of the key", async () => {
  await using account = openAccount();
  const own = await account.sdk.accounts.retrieveCurrent();
  assertEquals([own.object, own.charges_enabled], ["account", true]);
  assertEquals((await account.get(`/v1/accounts/${own.id}`)).body.id, own.id);
  assertEquals((await account.get("/v1/accounts/acct_other")).status, 404);
});

Deno.test("the `account` option sets the account's id", async () => {
  const other = createStripe(emptyState(), { secretKey: SECRET_KEY, account: "acct_other" });
  const headers = { authorization: `Bearer ${SECRET_KEY}` };
  const response = await other.fetch(new Request("http://localhost/v1/account", { headers }));
  assertEquals((await response.json()).id, "acct_other");
});
