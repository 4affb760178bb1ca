import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

const SUMMARY = "entitlements.active_entitlement_summary.updated";

/** A shop whose product has features with these keys. */
async function openEntitlingShop(keys: string[], card: string | null = "pm_card_visa") {
  const shop = await openShop(card);
  const attach = async (product: string, key: string) => {
    const feature = await shop.sdk.entitlements.features.create({ lookup_key: key, name: key });
    return await shop.sdk.products.createFeature(product, { entitlement_feature: feature.id });
  };
  for (const key of keys) await attach(shop.product.id, key);
  const entitled = async () =>
    (await shop.sdk.entitlements.activeEntitlements.list({ customer: shop.customer.id, limit: 100 })).data
      .map(({ lookup_key }) => lookup_key).toSorted();
  const latestSummary = async () => (await shop.get(`/v1/events?type=${SUMMARY}&limit=1`)).body.data[0];
  return Object.assign(shop, { attach, entitled, latestSummary });
}

Deno.test("a subscription grants its product's features until it ends", async () => {
  await using shop = await openEntitlingShop(["api", "export"]);
  assertEquals(await shop.entitled(), []);
  const { id } = await shop.subscribe();
  assertEquals(await shop.entitled(), ["api", "export"]);
  const given = await shop.latestSummary();
  assertEquals([given.data.object.object, given.data.object.customer, "id" in given.data.object], [
    "entitlements.active_entitlement_summary",
    shop.customer.id,
    false,
  ]);
  assertEquals(given.data.object.entitlements.data.length, 2);
  assertEquals(given.data.previous_attributes, { entitlements: { data: [] } });

  assertEquals(await shop.eventsOf(() => shop.sdk.subscriptions.cancel(id)), [
    "customer.subscription.deleted",
    SUMMARY,
  ]);
  assertEquals(await shop.entitled(), []);
  assertEquals((await shop.latestSummary()).data.object.entitlements.data, []);
});

Deno.test("a trial grants features, an incomplete subscription does not", async () => {
  await using shop = await openEntitlingShop(["api"], "pm_card_chargeCustomerFail");
  await shop.subscribe();
  assertEquals(await shop.entitled(), []);
  await shop.subscribe({ trial_period_days: 5 });
  assertEquals(await shop.entitled(), ["api"]);
});

Deno.test("a failed payment revokes entitlements, a pause does not", async () => {
  await using shop = await openEntitlingShop(["api"], null);
  const pausing = { trial_settings: { end_behavior: { missing_payment_method: "pause" } }, trial_period_days: 5 };
  const paused = await shop.subscribe(pausing);
  await shop.advanceDays(5);
  assertEquals((await shop.sdk.subscriptions.retrieve(paused.id)).status, "paused");
  assertEquals(await shop.entitled(), ["api"]);
  await shop.sdk.subscriptions.cancel(paused.id);

  await shop.subscribe({ trial_period_days: 5 });
  assertEquals(await shop.entitled(), ["api"]);
  await shop.advanceDays(5.1);
  assertEquals(await shop.entitled(), []);
});

Deno.test("two subscriptions with the same feature grant it once, and the end of one keeps it", async () => {
  await using shop = await openEntitlingShop(["api"]);
  const first = await shop.subscribe();
  assertEquals((await shop.eventsOf(() => shop.subscribe())).includes(SUMMARY), false);
  assertEquals(await shop.entitled(), ["api"]);
  assertEquals((await shop.eventsOf(() => shop.sdk.subscriptions.cancel(first.id))).includes(SUMMARY), false);
  assertEquals(await shop.entitled(), ["api"]);
});

Deno.test("a change to another product's price changes the entitlements at once", async () => {
  await using shop = await openEntitlingShop(["api"]);
  const team = await shop.priceOf(5_000, "month", "Team");
  await shop.attach(team.product as string, "sso");
  const { id, items } = await shop.subscribe();
  await shop.sdk.subscriptions.update(id, { items: [{ id: items.data[0]!.id, price: team.id }] });
  assertEquals(await shop.entitled(), ["sso"]);
});

Deno.test("features attached to or detached from a product count from the next period on", async () => {
  await using shop = await openEntitlingShop(["api"]);
  await shop.subscribe();
  const [api] = (await shop.sdk.products.listFeatures(shop.product.id)).data;
  await shop.attach(shop.product.id, "export");
  await shop.sdk.products.deleteFeature(shop.product.id, api!.id);
  assertEquals(await shop.entitled(), ["api"]);
  await shop.advanceDays(30);
  assertEquals(await shop.entitled(), ["export"]);
});

Deno.test("an entitlement summary shows ten entitlements, and the list all of them", async () => {
  const keys = Array.from({ length: 23 }, (_, index) => `feature_${index}`);
  await using shop = await openEntitlingShop(keys);
  await shop.subscribe();
  const { entitlements } = (await shop.latestSummary()).data.object;
  assertEquals([entitlements.data.length, entitlements.has_more], [10, true]);
  const list = shop.sdk.entitlements.activeEntitlements.list({ customer: shop.customer.id, limit: 5 });
  const all = await list.autoPagingToArray({ limit: 100 });
  assertEquals(new Set(all.map(({ lookup_key }) => lookup_key)), new Set(keys));
  assertEquals("customer" in all[0]!, false);
  const one = await shop.get(`/v1/entitlements/active_entitlements/${all[0]!.id}?expand[]=feature`);
  assertEquals(one.body.feature.lookup_key, all[0]!.lookup_key);
});

Deno.test("the list of entitlements requires an existing customer", async () => {
  await using shop = await openEntitlingShop(["api"]);
  const missing = await shop.get("/v1/entitlements/active_entitlements");
  assertEquals([missing.status, missing.body.error.param], [400, "customer"]);
  assertEquals(
    (await shop.get("/v1/entitlements/active_entitlements?customer=cus_none")).body.error.code,
    "resource_missing",
  );
});

Deno.test("a feature can be created, updated and archived, and its lookup key is unique while it is active", async () => {
  await using shop = await openEntitlingShop([]);
  const { body } = await shop.post("/v1/entitlements/features", "lookup_key=api&name=API");
  assertMatch(body.id, /^feat_test_\w+$/);
  assertEquals(body, {
    id: body.id,
    object: "entitlements.feature",
    active: true,
    livemode: false,
    lookup_key: "api",
    metadata: {},
    name: "API",
  });
  assertEquals((await shop.post("/v1/entitlements/features", "lookup_key=api&name=B")).status, 400);
  const path = `/v1/entitlements/features/${body.id}`;
  assertEquals((await shop.post(path, "name=The API&metadata[a]=b")).body.metadata, { a: "b" });
  assertEquals((await shop.post(path, "active=false")).body.active, false);
  assertEquals((await shop.post(path, "name=C")).status, 400);
  assertEquals((await shop.get("/v1/entitlements/features")).body.data, []);
  assertEquals((await shop.get("/v1/entitlements/features?archived=true&lookup_key=api")).body.data.length, 1);
  assertEquals((await shop.post("/v1/entitlements/features", "lookup_key=api&name=B")).status, 200);
  assertEquals(
    (await shop.post(`/v1/products/${shop.product.id}/features`, `entitlement_feature=${body.id}`)).status,
    400,
  );
});

Deno.test("a feature attached twice to the same product is refused", async () => {
  await using shop = await openEntitlingShop(["api"]);
  const path = `/v1/products/${shop.product.id}/features`;
  const { body } = await shop.get(path);
  const [attached] = body.data;
  assertEquals([body.url, attached.object, attached.entitlement_feature.lookup_key, "product" in attached], [
    path,
    "product_feature",
    "api",
    false,
  ]);
  assertEquals((await shop.post(path, `entitlement_feature=${attached.entitlement_feature.id}`)).status, 400);
  assertEquals((await shop.get(`${path}/${attached.id}`)).body, attached);
  assertEquals(refusal(await shop.post("/v1/products/prod_none/features", "entitlement_feature=x")), {
    status: 404,
    type: "invalid_request_error",
    code: "resource_missing",
    param: "product",
    message: "No such product: 'prod_none'",
  });
  assertEquals((await shop.call("DELETE", `${path}/${attached.id}`)).body.deleted, true);
  assertEquals((await shop.call("DELETE", `${path}/${attached.id}`)).status, 404);
});
