import { calls } from "../resources/mod.ts";
import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";
import { openShop } from "../testing/shop.ts";

/** The `param` of the refusal of an unknown id in the path. */
const IN_PATH: Record<string, string> = {
  "/v1/accounts": "account",
  "/v1/billing_portal/configurations": "configuration",
  "/v1/charges": "id",
  "/v1/checkout/sessions": "session",
  "/v1/coupons": "coupon",
  "/v1/customers": "id",
  "/v1/disputes": "dispute",
  "/v1/entitlements/active_entitlements": "id",
  "/v1/entitlements/features": "id",
  "/v1/events": "id",
  "/v1/invoice_payments": "invoice_payment",
  "/v1/invoiceitems": "invoiceitem",
  "/v1/invoices": "invoice",
  "/v1/payment_intents": "intent",
  "/v1/payment_links": "payment_link",
  "/v1/payment_methods": "payment_method",
  "/v1/prices": "price",
  "/v1/products": "id",
  "/v1/promotion_codes": "promotion_code",
  "/v1/refunds": "id",
  "/v1/subscription_items": "id",
  "/v1/subscriptions": "id",
  "/v1/test_helpers/test_clocks": "test_clock",
  "/v1/webhook_endpoints": "webhook_endpoint",
};

Deno.test("an unknown id in the path answers 404 resource_missing, whose param is the object's", async () => {
  await using account = openAccount();
  const retrieved = calls.filter(({ method, path }) => method === "GET" && /^[^:]*\/:id$/.test(path));
  const paths = retrieved.map(({ path }) => path.replace("/:id", "")).filter((path) => path !== "/v1/payment_pages");
  assertEquals(paths.toSorted(), Object.keys(IN_PATH).toSorted());
  for (const path of paths) {
    const { status, body: { error } } = await account.get(`${path}/none`);
    assertEquals([status, error.code, error.param], [404, "resource_missing", IN_PATH[path]], path);
  }
});

Deno.test("an unknown cursor answers 400 resource_missing, whose param is the cursor and not the object's", async () => {
  await using shop = await openShop();
  const owner = { customer: shop.customer.id, subscription: (await shop.subscribe()).id };
  const lists = calls.filter(({ method, path }) =>
    method === "GET" && !path.includes(":id") && !/account|search|settings/.test(path)
  );
  for (const { path } of lists) {
    const query = path.includes("active_entitlements")
      ? `customer=${owner.customer}&`
      : path.includes("subscription_items")
      ? `subscription=${owner.subscription}&`
      : "";
    for (const cursor of ["starting_after", "ending_before"]) {
      const { status, body: { error } } = await shop.get(`${path}?${query}${cursor}=none`);
      assertEquals([status, error.code, error.param], [400, "resource_missing", cursor], path);
    }
  }
});

Deno.test("an unknown id in another parameter answers 400 resource_missing, whose param is that parameter", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const customer = `customer=${shop.customer.id}`;
  for (
    const [method, path, body, param] of [
      ["GET", "/v1/prices?product=none", undefined, "product"],
      ["GET", "/v1/subscriptions?customer=none", undefined, "customer"],
      ["GET", "/v1/invoices?customer=none", undefined, "customer"],
      ["GET", "/v1/checkout/sessions?customer=none", undefined, "customer"],
      ["POST", "/v1/refunds", "charge=none", "charge"],
      ["POST", "/v1/refunds", "payment_intent=none", "payment_intent"],
      ["GET", "/v1/subscription_items?subscription=none", undefined, "subscription"],
      ["GET", "/v1/entitlements/active_entitlements?customer=none", undefined, "customer"],
      ["POST", "/v1/prices", "currency=usd&unit_amount=1&product=none", "product"],
      ["POST", "/v1/subscriptions", "customer=none&items[0][price]=p", "customer"],
      ["POST", "/v1/subscriptions", `${customer}&items[0][price]=none`, "items[0][price]"],
      ["POST", `/v1/subscriptions/${id}`, "items[0][id]=none", "items[0][id]"],
      ["POST", "/v1/invoiceitems", `${customer}&pricing[price]=none`, "pricing[price]"],
      ["POST", "/v1/invoices", `${customer}&subscription=none`, "subscription"],
      ["POST", `/v1/products/${shop.product.id}`, "default_price=none", "default_price"],
      ["POST", `/v1/products/${shop.product.id}/features`, "entitlement_feature=none", "entitlement_feature"],
    ] as const
  ) {
    const { status, body: { error } } = await shop.call(method, path, body);
    assertEquals([status, error.code, error.param], [400, "resource_missing", param], `${method} ${path}`);
  }
});

Deno.test("an unknown owner in the path of a list answers 404", async () => {
  await using account = openAccount();
  for (
    const [path, param] of [
      ["/v1/customers/none/payment_methods", "customer"],
      ["/v1/invoices/none/lines", "invoice"],
      ["/v1/products/none/features", "product"],
    ] as const
  ) {
    const { status, body: { error } } = await account.get(path);
    assertEquals([status, error.code, error.param], [404, "resource_missing", param]);
  }
});
