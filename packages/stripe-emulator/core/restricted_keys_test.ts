import Stripe from "stripe";
import { createStripe, emptyState } from "../mod.ts";
import { calls } from "../resources/mod.ts";
import { openAccount, SECRET_KEY } from "../testing/account.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { stripeWith } from "../testing/stripe_cli.ts";
import { permissionOf, RESOURCES } from "./permissions.ts";

const KEY = "rk_test_51LocalRestrictedKey";

async function openRestricted(permissions: Record<string, string>) {
  const account = openAccount();
  assertEquals((await account.control("restricted_keys", { key: KEY, permissions })).status, 204);
  return Object.assign(account, { restricted: account.sdkWith(KEY) });
}

const refusalOf = async (call: Promise<unknown>): Promise<Stripe.errors.StripeError> => {
  const error = await call.then(() => undefined, (thrown) => thrown);
  assert(error instanceof Stripe.errors.StripePermissionError);
  return error;
};

Deno.test("every call has a permission in the table", () => {
  for (const { method, path } of calls) assertMatch(permissionOf(method, path), /^[a-z_]+_(read|write)$/);
});

Deno.test("a restricted key without the permission gets Stripe's 403, which names account and permission", async () => {
  await using account = await openRestricted({ customer: "read", product: "none" });
  const error = await refusalOf(account.restricted.customers.create({ name: "Ada" }));
  assertEquals([error.statusCode, error.rawType, error.code], [
    403,
    "invalid_request_error",
    "more_permissions_required",
  ]);
  assertEquals(
    error.message,
    "The provided key 'rk_test_**************tedKey' does not have the required permissions for this endpoint on account 'acct_1LocalStripe00000'. Having the 'rak_customer_write' permission would allow this request to continue.",
  );
  assertEquals((await account.restricted.customers.list()).data, []);
  assertStringIncludes((await refusalOf(account.restricted.products.list())).message, "'rak_product_read'");
  assertStringIncludes((await refusalOf(account.restricted.prices.list())).message, "'rak_plan_read'");
});

Deno.test("the permission to write includes the one to read", async () => {
  await using account = await openRestricted({ customer: "write" });
  const { id } = await account.restricted.customers.create({ name: "Ada" });
  assertEquals((await account.restricted.customers.retrieve(id) as Stripe.Customer).name, "Ada");
  assertEquals((await account.restricted.customers.search({ query: "name:'Ada'" })).object, "search_result");
  await account.restricted.customers.del(id);
});

Deno.test("GET /v1/account is refused to a restricted key, also to one with every other permission", async () => {
  const others = RESOURCES.filter((resource) => resource !== "accounts_kyc_basic");
  await using account = await openRestricted(Object.fromEntries(others.map((resource) => [resource, "write"])));
  for (
    const call of [
      account.restricted.accounts.retrieveCurrent(),
      account.restricted.accounts.retrieve("acct_1LocalStripe00000"),
    ]
  ) {
    assertStringIncludes((await refusalOf(call)).message, "'rak_accounts_kyc_basic_read'");
  }
  await account.control("restricted_keys", { key: KEY, permissions: { accounts_kyc_basic: "read" } });
  assertEquals((await account.restricted.accounts.retrieveCurrent()).id, "acct_1LocalStripe00000");
});

Deno.test("a permission is checked before the object is looked for and before any effect", async () => {
  await using account = await openRestricted({});
  await refusalOf(account.restricted.subscriptions.retrieve("sub_none"));
  await refusalOf(account.restricted.customers.create({ name: "Ada" }, { idempotencyKey: "k" }));
  assertEquals((await account.sdk.customers.list()).data, []);
  // The refusal is not stored under the idempotency key.
  await account.control("restricted_keys", { key: KEY, permissions: { customer: "write" } });
  assertEquals((await account.restricted.customers.create({ name: "Ada" }, { idempotencyKey: "k" })).name, "Ada");
});

Deno.test("each expanded object needs the permission to read it", async () => {
  await using account = await openRestricted({ plan: "read", customer: "read", invoice: "read" });
  const product = await account.sdk.products.create({ name: "A" });
  const price = await account.sdk.prices.create({ product: product.id, currency: "usd", unit_amount: 1 });
  for (
    const [call, permission] of [
      [account.restricted.prices.retrieve(price.id, { expand: ["product"] }), "product"],
      [account.restricted.prices.list({ expand: ["data.product"] }), "product"],
      [account.restricted.customers.list({ expand: ["data.subscriptions"] }), "subscription"],
      [account.restricted.invoices.list({ expand: ["data.customer.subscriptions"] }), "subscription"],
    ] as const
  ) {
    assertStringIncludes((await refusalOf(call)).message, `'rak_${permission}_read'`);
  }
  // What is no object of its own needs none.
  assertEquals(
    (await account.restricted.prices.list({ expand: ["data.tiers", "data.currency_options"] })).data.length,
    1,
  );
});

Deno.test("a restricted key makes no control call, and an unknown or deleted one answers 401", async () => {
  await using account = await openRestricted({ customer: "write" });
  const control = await account.call("POST", "/_local/reset", "", { authorization: `Bearer ${KEY}` });
  assertEquals(control.status, 401);
  assertEquals((await account.get("/_local/restricted_keys")).body, { [KEY]: { customer: "write" } });
  await account.call("DELETE", `/_local/restricted_keys/${KEY}`);
  const error = await account.restricted.customers.list().catch((thrown) => thrown);
  assert(error instanceof Stripe.errors.StripeAuthenticationError);
  for (
    const body of [
      { key: "sk_test_1", permissions: {} },
      { key: KEY, permissions: { customers: "read" } },
      { key: KEY, permissions: { customer: "all" } },
      { key: KEY },
    ]
  ) {
    assertEquals((await account.control("restricted_keys", body)).status, 400);
  }
});

Deno.test("the keys of createStripe survive a reset, and keys that were added later do not", async () => {
  const stripe = createStripe(emptyState(), { secretKey: SECRET_KEY, restrictedKeys: { [KEY]: { customer: "read" } } });
  const call = (key: string, method: string, path: string, body?: string) =>
    stripe.fetch(new Request(`http://local${path}`, { method, body, headers: { authorization: `Bearer ${key}` } }));
  const added = JSON.stringify({ key: "rk_test_other", permissions: { customer: "read" } });
  await call(SECRET_KEY, "POST", "/_local/restricted_keys", added);
  assertEquals((await call("rk_test_other", "GET", "/v1/customers")).status, 200);
  await call(SECRET_KEY, "POST", "/_local/reset");
  assertEquals((await call("rk_test_other", "GET", "/v1/customers")).status, 401);
  assertEquals((await call(KEY, "GET", "/v1/customers")).status, 200);
  await stripe.close();
});

Deno.test("the Stripe CLI works with a restricted key and shows what it lacks", async () => {
  await using account = await openRestricted({ customer: "write" });
  const created = await stripeWith(KEY, account.url, "customers", "create", "--name", "Ada");
  assertEquals(created.name, "Ada");
  const refused = await stripeWith(KEY, account.url, "products", "list").catch((error) => error);
  assertStringIncludes(JSON.stringify(refused instanceof Error ? refused.message : refused), "rak_product_read");
});
