import { openAccount } from "../../testing/account.ts";
import { assertEquals, assertMatch } from "../../testing/assert.ts";

async function openWithProduct() {
  const account = openAccount();
  await account.post("/v1/products", "id=a&name=A");
  return Object.assign(account, {
    price: (form: string) => account.post("/v1/prices", `product=a&currency=usd&${form}`),
  });
}

Deno.test("a new price has every field of Stripe's", async () => {
  await using account = await openWithProduct();
  const { status, body } = await account.price("unit_amount=1900&recurring[interval]=month&lookup_key=team_monthly");
  assertEquals(status, 200);
  assertMatch(body.id, /^price_1\w{23}$/);
  assertEquals(body, {
    id: body.id,
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created: 1795507200,
    currency: "usd",
    custom_unit_amount: null,
    livemode: false,
    lookup_key: "team_monthly",
    metadata: {},
    nickname: null,
    product: "a",
    recurring: { interval: "month", interval_count: 1, meter: null, trial_period_days: null, usage_type: "licensed" },
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: "recurring",
    unit_amount: 1900,
    unit_amount_decimal: "1900",
  });
});

Deno.test("a decimal amount sets unit_amount when it is whole, and null otherwise", async () => {
  await using account = await openWithProduct();
  const fraction = (await account.price("unit_amount_decimal=0.50")).body;
  assertEquals([fraction.unit_amount, fraction.unit_amount_decimal], [null, "0.5"]);
  const whole = (await account.price("unit_amount_decimal=1000.00")).body;
  assertEquals([whole.unit_amount, whole.unit_amount_decimal], [1000, "1000"]);
});

Deno.test("tiers must ascend and end with `inf`", async () => {
  await using account = await openWithProduct();
  const tiered = "billing_scheme=tiered&tiers_mode=graduated&recurring[interval]=year";
  const { body } = await account.price(
    `${tiered}&tiers[0][up_to]=10&tiers[0][flat_amount]=500&tiers[1][up_to]=inf&tiers[1][unit_amount_decimal]=1.5&expand[]=tiers`,
  );
  assertEquals([body.unit_amount, body.unit_amount_decimal, body.tiers_mode], [null, null, "graduated"]);
  assertEquals(body.tiers, [
    { flat_amount: 500, flat_amount_decimal: "500", unit_amount: null, unit_amount_decimal: null, up_to: 10 },
    { flat_amount: null, flat_amount_decimal: null, unit_amount: null, unit_amount_decimal: "1.5", up_to: null },
  ]);
  for (
    const wrong of [
      `${tiered}&tiers[0][up_to]=10&tiers[0][unit_amount]=1`,
      `${tiered}&tiers[0][up_to]=9&tiers[0][unit_amount]=1&tiers[1][up_to]=5&tiers[1][unit_amount]=1&tiers[2][up_to]=inf&tiers[2][unit_amount]=1`,
      `${tiered}&tiers[0][up_to]=inf`,
      `${tiered}`,
      "billing_scheme=tiered&tiers_mode=volume&tiers[0][up_to]=inf&tiers[0][unit_amount]=1",
      "unit_amount=1&tiers_mode=volume",
    ]
  ) {
    assertEquals((await account.price(wrong)).status, 400, wrong);
  }
});

Deno.test("currency options include the price's own currency, and an update adds to them", async () => {
  await using account = await openWithProduct();
  const { body } = await account.price("unit_amount=10&currency_options[eur][unit_amount]=9&expand[]=currency_options");
  const option = { custom_unit_amount: null, tax_behavior: "unspecified" };
  assertEquals(body.currency_options, {
    usd: { ...option, unit_amount: 10, unit_amount_decimal: "10" },
    eur: { ...option, unit_amount: 9, unit_amount_decimal: "9" },
  });
  const path = `/v1/prices/${body.id}`;
  const more = await account.post(path, "currency_options[gbp][unit_amount]=8&expand[]=currency_options");
  assertEquals(Object.keys(more.body.currency_options), ["usd", "eur", "gbp"]);
  const none = await account.post(path, "currency_options=&expand[]=currency_options");
  assertEquals(Object.keys(none.body.currency_options), ["usd"]);
});

Deno.test("a price with custom_unit_amount has bounds and no amount", async () => {
  await using account = await openWithProduct();
  const custom = "custom_unit_amount[enabled]=true&custom_unit_amount[minimum]=100";
  const { body } = await account.price(custom);
  assertEquals([body.custom_unit_amount, body.unit_amount], [{ maximum: null, minimum: 100, preset: null }, null]);
  assertEquals((await account.price(`${custom}&recurring[interval]=day`)).status, 400);
});

Deno.test("a price without exactly one product and one kind of amount is refused", async () => {
  await using account = await openWithProduct();
  const inline = await account.post(
    "/v1/prices",
    "currency=EUR&unit_amount=1&product_data[name]=Inline&expand[]=product",
  );
  assertEquals([inline.body.product.name, inline.body.currency], ["Inline", "eur"]);
  const messages: [form: string, message: string][] = [
    ["currency=usd&unit_amount=1", "You must specify either `product` or `product_data` when creating a price."],
    [
      "currency=usd&unit_amount=1&product=a&product_data[name]=B",
      "You may only specify one of these parameters: product, product_data.",
    ],
    ["currency=usd&product=a", "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set."],
    [
      "currency=usd&product=a&unit_amount=1&unit_amount_decimal=1",
      "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
    ],
  ];
  for (const [form, message] of messages) {
    const { status, body } = await account.post("/v1/prices", form);
    assertEquals([status, body.error.message], [400, message]);
  }
  assertMatch(
    (await account.post("/v1/prices", "currency=xxx")).body.error.message,
    /^Invalid currency: xxx\. Stripe currently/,
  );
});

Deno.test("updating the amount of a price is refused", async () => {
  await using account = await openWithProduct();
  const { body } = await account.price("unit_amount=1");
  const { status, body: refusal } = await account.post(`/v1/prices/${body.id}`, "unit_amount=2");
  assertEquals([status, refusal.error.code], [400, "parameter_unknown"]);
});

Deno.test("a lookup key belongs to one price, archived or not, until it is transferred", async () => {
  await using account = await openWithProduct();
  const { body: holder } = await account.price("unit_amount=1&lookup_key=k&active=false");
  const refused = await account.price("unit_amount=2&lookup_key=k");
  assertEquals([refused.status, refused.body.error.param], [400, "lookup_key"]);
  assertEquals(refused.body.error.message, `A price (\`${holder.id}\`) already uses that lookup key.`);
  const { body: taker } = await account.price("unit_amount=2&lookup_key=k&transfer_lookup_key=true");
  assertEquals(taker.lookup_key, "k");
  assertEquals((await account.get(`/v1/prices/${holder.id}`)).body.lookup_key, null);
  assertEquals((await account.post(`/v1/prices/${taker.id}`, "lookup_key=k")).status, 200);
  assertEquals((await account.post(`/v1/prices/${taker.id}`, "lookup_key=")).body.lookup_key, null);
});

Deno.test("DELETE of a price answers 404, and archiving works", async () => {
  await using account = await openWithProduct();
  const { body } = await account.price("unit_amount=1");
  const { status, body: refusal } = await account.call("DELETE", `/v1/prices/${body.id}`);
  assertEquals(status, 404);
  assertMatch(refusal.error.message, /^Unrecognized request URL \(DELETE: \/v1\/prices\//);
  assertEquals((await account.post(`/v1/prices/${body.id}`, "active=false")).body.active, false);
});

Deno.test("prices are filtered by each of Stripe's filters", async () => {
  await using account = await openWithProduct();
  await account.post("/v1/products", "id=b&name=B");
  await account.price("unit_amount=1&nickname=once&lookup_key=k1");
  await account.price("unit_amount=1&nickname=month&recurring[interval]=month&lookup_key=k2&active=false");
  account.clock.now += 1_000;
  await account.post("/v1/prices", "product=b&currency=eur&unit_amount=1&nickname=year&recurring[interval]=year");
  const names = async (query: string) =>
    (await account.get(`/v1/prices?${query}`)).body.data.map(({ nickname }: { nickname: string }) => nickname);
  assertEquals(await names("active=false"), ["month"]);
  assertEquals(await names("product=a"), ["month", "once"]);
  assertEquals(await names("currency=eur"), ["year"]);
  assertEquals(await names("type=recurring"), ["year", "month"]);
  assertEquals(await names("recurring[interval]=month"), ["month"]);
  assertEquals(await names("recurring[usage_type]=licensed"), ["year", "month"]);
  assertEquals(await names("lookup_keys[]=k1&lookup_keys[]=k2"), ["month", "once"]);
  assertEquals(await names("created[gt]=1795507200"), ["year"]);
  assertEquals((await account.get("/v1/prices?product=none")).status, 400);
  const eleven = Array.from({ length: 11 }, (_, index) => `lookup_keys[]=k${index}`).join("&");
  assertEquals((await account.get(`/v1/prices?${eleven}`)).status, 400);
});
