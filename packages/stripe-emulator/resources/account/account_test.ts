import { assertEquals } from "../../testing/assert.ts";
import { createStripe, emptyState } from "../../mod.ts";
import { openAccount, SECRET_KEY } from "../../testing/account.ts";

Deno.test("the account is the one of the key", async () => {
  await using account = openAccount();
  const own = await account.sdk.accounts.retrieveCurrent();
  assertEquals([own.object, own.charges_enabled], ["account", true]);
  assertEquals((await account.get(`/v1/accounts/${own.id}`)).body.id, own.id);
  assertEquals((await account.get("/v1/accounts/acct_other")).status, 404);
});

Deno.test("the account's id is an option, so that two of them can be told apart", async () => {
  const other = createStripe(emptyState(), { secretKey: SECRET_KEY, account: "acct_other" });
  const headers = { authorization: `Bearer ${SECRET_KEY}` };
  const response = await other.fetch(new Request("http://localhost/v1/account", { headers }));
  assertEquals((await response.json()).id, "acct_other");
});
