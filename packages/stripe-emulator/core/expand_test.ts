import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

async function openWithPrice() {
  const account = openAccount();
  await account.post("/v1/products", "id=prod_a&name=A");
  const { body: price } = await account.post(
    "/v1/prices",
    "product=prod_a&currency=usd&billing_scheme=tiered&tiers_mode=volume&recurring[interval]=month&tiers[0][up_to]=inf&tiers[0][unit_amount]=5" +
      "&currency_options[eur][tiers][0][up_to]=inf&currency_options[eur][tiers][0][unit_amount]=4",
  );
  await account.post("/v1/products/prod_a", `default_price=${price.id}`);
  return Object.assign(account, { price });
}
const TIER = { flat_amount: null, flat_amount_decimal: null, unit_amount: 5, unit_amount_decimal: "5", up_to: null };

Deno.test("tiers and currency options are absent without expand", async () => {
  await using account = await openWithPrice();
  const bare = (await account.get(`/v1/prices/${account.price.id}`)).body;
  assertEquals(["tiers" in bare, "currency_options" in bare, bare.product], [false, false, "prod_a"]);
  const { body } = await account.get(`/v1/prices/${account.price.id}?expand[]=tiers&expand[]=currency_options`);
  assertEquals(body.tiers, [TIER]);
  assertEquals(Object.keys(body.currency_options), ["usd", "eur"]);
  assertEquals("tiers" in body.currency_options.eur, false);
});

Deno.test("expand=currency_options.eur.tiers shows the tiers of that currency only", async () => {
  await using account = await openWithPrice();
  const { body } = await account.get(`/v1/prices/${account.price.id}?expand[]=currency_options.eur.tiers`);
  assertEquals(body.currency_options.eur.tiers[0].unit_amount, 4);
  assertEquals("tiers" in body.currency_options.usd, false);
});

Deno.test("references expand recursively, in lists under `data`", async () => {
  await using account = await openWithPrice();
  const { body } = await account.get("/v1/prices?expand[]=data.product.default_price&expand[]=data.tiers");
  assertEquals(body.data[0].product.default_price.id, account.price.id);
  assertEquals("tiers" in body.data[0].product.default_price, false);
  assertEquals(body.data[0].tiers, [TIER]);
  const product = await account.get("/v1/products/prod_a?expand[]=default_price.tiers");
  assertEquals(product.body.default_price.tiers, [TIER]);
});

Deno.test("expand works on a creation", async () => {
  await using account = await openWithPrice();
  const { body } = await account.post("/v1/prices", "product=prod_a&currency=usd&unit_amount=1&expand[]=product");
  assertEquals(body.product.name, "A");
});

const REFUSED: [path: string, message: string][] = [
  ["/v1/prices?expand[]=data.bogus", "This property cannot be expanded (data.bogus)."],
  [
    "/v1/prices?expand[]=product",
    "This property cannot be expanded (product). You may want to try expanding 'data.product' instead.",
  ],
  ["/v1/products/prod_a?expand[]=name", "This property cannot be expanded (name)."],
  [
    "/v1/prices?expand[]=data.product.default_price.product.default_price",
    "You cannot expand more than 4 levels of a property. Property: data.product.default_price.product.default_price",
  ],
];
for (const [path, message] of REFUSED) {
  Deno.test(`GET ${path} answers 400`, async () => {
    await using account = await openWithPrice();
    const { status, body } = await account.get(path);
    assertEquals([status, body.error?.message], [400, message]);
  });
}

Deno.test("the SDK parses the decimals of expanded tiers", async () => {
  await using account = await openWithPrice();
  const price = await account.sdk.prices.retrieve(account.price.id, { expand: ["tiers"] });
  assertEquals(String(price.tiers![0]!.unit_amount_decimal), "5");
});

Deno.test("tiers of a currency that a price lacks are ignored, or refused for the whole page if the test says so", async () => {
  await using account = openAccount();
  const product = await account.sdk.products.create({ name: "A" });
  const create = (options: Record<string, unknown> = {}) =>
    account.sdk.prices.create({ product: product.id, currency: "usd", unit_amount: 1, ...options });
  await create({ currency_options: { eur: { unit_amount: 2 } } });
  const list = () => account.sdk.prices.list({ expand: ["data.currency_options.eur.tiers"] });
  await account.control("behavior", { missing_currency: "refuse" });
  assertEquals((await list()).data.length, 1);

  await create();
  const error = await list().catch((thrown) => thrown);
  assertEquals([error.statusCode, error.message], [
    400,
    "This property cannot be expanded (currency_options.eur.tiers).",
  ]);
  await account.control("behavior", { missing_currency: "ignore" });
  assertEquals((await list()).data.length, 2);
  assertEquals((await account.control("behavior", { missing_currency: "maybe" })).status, 400);
});
