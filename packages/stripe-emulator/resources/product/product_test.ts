import { openAccount } from "../../testing/account.ts";
import { assertEquals, assertMatch } from "../../testing/assert.ts";

Deno.test("a new product has every field of Stripe's", async () => {
  await using account = openAccount();
  const { status, body } = await account.post("/v1/products", "name=Starter");
  assertEquals(status, 200);
  assertMatch(body.id, /^prod_\w{14}$/);
  assertEquals(body, {
    id: body.id,
    object: "product",
    active: true,
    created: 1795507200,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: {},
    name: "Starter",
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: 1795507200,
    url: null,
  });
});

Deno.test("a product update sets `updated` and unsets empty values", async () => {
  await using account = openAccount();
  const { id } = await account.sdk.products.create({
    name: "A",
    description: "first",
    images: ["https://example.com/a.png"],
    marketing_features: [{ name: "fast" }, { name: "small" }],
  });
  account.clock.now += 5_000;
  const updated = await account.sdk.products.update(id, { description: "", images: "", active: false });
  assertEquals([updated.description, updated.images, updated.active], [null, [], false]);
  assertEquals(updated.marketing_features, [{ name: "fast" }, { name: "small" }]);
  assertEquals(updated.updated - updated.created, 5);
});

Deno.test("a product with a given id that exists is refused", async () => {
  await using account = openAccount();
  assertEquals((await account.post("/v1/products", "id=gold&name=Gold")).body.id, "gold");
  const { status, body } = await account.post("/v1/products", "id=gold&name=Gold");
  assertEquals([status, body.error.code, body.error.message], [
    400,
    "resource_already_exists",
    "Product already exists.",
  ]);
});

Deno.test("default_price_data creates the product's default price", async () => {
  await using account = openAccount();
  const product = await account.sdk.products.create({
    name: "A",
    default_price_data: { currency: "eur", unit_amount: 700, recurring: { interval: "month" } },
    expand: ["default_price"],
  });
  const price = product.default_price as { product: string; unit_amount: number; type: string };
  assertEquals([price.product, price.unit_amount, price.type], [product.id, 700, "recurring"]);
});

Deno.test("a default price must be an active price of the product, and cannot be archived", async () => {
  await using account = openAccount();
  await account.post("/v1/products", "id=a&name=A");
  await account.post("/v1/products", "id=b&name=B");
  const { body: price } = await account.post("/v1/prices", "product=a&currency=usd&unit_amount=1");
  assertEquals((await account.post("/v1/products/b", `default_price=${price.id}`)).status, 400);
  assertEquals((await account.post("/v1/products/a", "default_price=price_none")).body.error.code, "resource_missing");
  assertEquals((await account.post("/v1/products/a", `default_price=${price.id}`)).body.default_price, price.id);
  const archive = await account.post(`/v1/prices/${price.id}`, "active=false");
  assertEquals(
    archive.body.error.message,
    "This price cannot be archived because it is the default price of its product.",
  );
  assertEquals((await account.post("/v1/products/a", "default_price=")).body.default_price, null);
  assertEquals((await account.post(`/v1/prices/${price.id}`, "active=false")).body.active, false);
  assertEquals((await account.post("/v1/products/a", `default_price=${price.id}`)).status, 400);
});

Deno.test("a product without prices can be deleted", async () => {
  await using account = openAccount();
  await account.post("/v1/products", "id=a&name=A");
  assertEquals((await account.call("DELETE", "/v1/products/a")).body, { id: "a", object: "product", deleted: true });
  assertEquals((await account.get("/v1/products/a")).status, 404);
  assertEquals((await account.get("/v1/products")).body.data, []);
});

Deno.test("deleting a product with archived prices is refused", async () => {
  await using account = openAccount();
  await account.post("/v1/products", "id=a&name=A");
  await account.post("/v1/prices", "product=a&currency=usd&unit_amount=1&active=false");
  const { status, body } = await account.call("DELETE", "/v1/products/a");
  assertEquals(status, 400);
  assertEquals(body.error.message, "This product cannot be deleted because it has one or more user-created prices.");
});

Deno.test("products are filtered by each of Stripe's filters", async () => {
  await using account = openAccount();
  await account.post("/v1/products", "id=a&name=A&url=https://example.com/a&shippable=true");
  account.clock.now += 1_000;
  await account.post("/v1/products", "id=b&name=B&active=false&type=good");
  const ids = async (query: string) =>
    (await account.get(`/v1/products?${query}`)).body.data.map(({ id }: { id: string }) => id);
  assertEquals(await ids("active=true"), ["a"]);
  assertEquals(await ids("active=false"), ["b"]);
  assertEquals(await ids("ids[]=b&ids[]=none"), ["b"]);
  assertEquals(await ids("created[gte]=1795507201"), ["b"]);
  assertEquals(await ids("shippable=true"), ["a"]);
  assertEquals(await ids("type=good"), ["b"]);
  assertEquals(await ids("url=https://example.com/a"), ["a"]);
});
