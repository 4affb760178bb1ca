import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { isAccessible, send, visit } from "../testing/browser.ts";
import { openShop, refusal } from "../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

const ADDRESS = { line1: "Hauptstraße 1", postal_code: "10115", city: "Berlin", country: "de" };

const open = (shop: Shop, params: Record<string, unknown> = {}) =>
  shop.sdk.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: shop.price.id, quantity: 2 }],
    success_url: "https://example.com/done",
    customer: shop.customer.id,
    automatic_tax: { enabled: true },
    customer_update: { address: "auto" },
    ...params,
  });

const pay = (url: string | null, fields: Record<string, string> = {}) =>
  send(url!, { action: "pay", method: "visa", ...ADDRESS, ...fields });
const totalsOf = ({ amount_total, automatic_tax, total_details }: Awaited<ReturnType<typeof open>>) => [
  automatic_tax.status,
  total_details!.amount_tax,
  amount_total,
];
const addressOf = async ({ sdk, customer }: Shop) => {
  const { address } = await sdk.customers.retrieve(customer.id) as { address: { country: string } | null };
  return address?.country ?? null;
};

Deno.test("the page asks for the address, shows its tax before it charges, and saves the address", async () => {
  await using shop = await openShop(null);
  const { id, url, ...session } = await open(shop);
  assertEquals(totalsOf({ id, url, ...session }), ["requires_location_inputs", 0, 2_000]);
  const page = await visit(url!);
  assert(isAccessible(page));
  for (const part of ['name="country"', "depends on your address"]) assertStringIncludes(page.html, part);

  const asked = await pay(url);
  assertEquals(asked.status, 400);
  for (const part of ["The total now has the tax", "$3.80", "$23.80", 'value="de"']) {
    assertStringIncludes(asked.html, part);
  }
  assertEquals([await addressOf(shop), (await shop.sdk.charges.list()).data], [null, []]);
  assertEquals((await pay(url)).status, 303);

  const done = await shop.sdk.checkout.sessions.retrieve(id, { expand: ["invoice", "line_items", "subscription"] });
  assertEquals(totalsOf(done), ["complete", 380, 2_380]);
  assertEquals([done.line_items!.data[0]!.amount_tax, done.line_items!.data[0]!.amount_total], [380, 2_380]);
  const invoice = done.invoice as Awaited<ReturnType<typeof shop.sdk.invoices.retrieve>>;
  assertEquals([invoice.subtotal, invoice.total, invoice.total_excluding_tax, invoice.amount_paid], [
    2_000,
    2_380,
    2_000,
    2_380,
  ]);
  assertEquals([invoice.automatic_tax.status, invoice.total_taxes!.map(({ amount }) => amount)], ["complete", [380]]);
  assertEquals((done.subscription as { automatic_tax: { enabled: boolean } }).automatic_tax.enabled, true);
  assertEquals(await addressOf(shop), "DE");
});

Deno.test("a renewal has the tax of the customer's address at that time", async () => {
  await using shop = await openShop(null);
  const { url } = await open(shop);
  await pay(url);
  await pay(url);
  await shop.sdk.customers.update(shop.customer.id, { address: { country: "AT" } });
  await shop.advanceDays(32);
  const { data } = await shop.sdk.invoices.list({ customer: shop.customer.id });
  assertEquals(data.map(({ total }) => total), [2_400, 2_380]);
});

Deno.test("a country without a rate has no tax, and is paid at once", async () => {
  await using shop = await openShop(null);
  const { id, url } = await open(shop);
  assertEquals((await pay(url, { country: "US" })).status, 303);
  assertEquals(totalsOf(await shop.sdk.checkout.sessions.retrieve(id)), ["complete", 0, 2_000]);
});

Deno.test("a country that is not two letters is refused", async () => {
  await using shop = await openShop(null);
  const { url } = await open(shop);
  const page = await pay(url, { country: "Germany" });
  assertEquals(page.status, 400);
  assertMatch(page.html, /role="alert"[^>]*>Enter the country with two letters/);
});

Deno.test("a customer with an address is not asked, unless the address may be updated", async () => {
  await using shop = await openShop(null);
  await shop.sdk.customers.update(shop.customer.id, { address: { country: "AT" } });
  const fixed = await open(shop, { customer_update: undefined });
  assertEquals(totalsOf(fixed), ["complete", 400, 2_400]);
  assertEquals((await visit(fixed.url!)).html.includes('name="country"'), false);
  await pay(fixed.url, { country: "DE" });
  assertEquals(totalsOf(await shop.sdk.checkout.sessions.retrieve(fixed.id)), ["complete", 400, 2_400]);
  assertStringIncludes((await visit((await open(shop)).url!)).html, 'value="AT"');
});

Deno.test("a price with its tax inside costs no more", async () => {
  await using shop = await openShop(null);
  const { id: price } = await shop.sdk.prices.create({
    product: shop.product.id,
    currency: "usd",
    unit_amount: 1_190,
    tax_behavior: "inclusive",
  });
  const { id, url } = await open(shop, {
    mode: "payment",
    line_items: [{ price, quantity: 1 }],
    invoice_creation: { enabled: true },
  });
  assertEquals((await pay(url)).status, 303);
  const done = await shop.sdk.checkout.sessions.retrieve(id, { expand: ["invoice"] });
  assertEquals(totalsOf(done), ["complete", 190, 1_190]);
  const { total, total_excluding_tax } = done.invoice as { total: number; total_excluding_tax: number };
  assertEquals([total, total_excluding_tax], [1_190, 1_000]);
});

Deno.test("tax is calculated after the discount, and none for an exempt customer", async () => {
  await using shop = await openShop(null);
  const { id: coupon } = await shop.sdk.coupons.create({ percent_off: 50 });
  await shop.sdk.promotionCodes.create({ promotion: { type: "coupon", coupon }, code: "HALF" });
  await shop.sdk.customers.update(shop.customer.id, { address: { country: "DE" } });
  const { id, url } = await open(shop, { allow_promotion_codes: true });
  await send(url!, { action: "apply_code", promotion_code: "half" });
  await pay(url);
  const done = await shop.sdk.checkout.sessions.retrieve(id, { expand: ["invoice"] });
  assertEquals(totalsOf(done), ["complete", 190, 1_190]);
  assertEquals((done.invoice as { total: number }).total, 1_190);

  await shop.sdk.customers.update(shop.customer.id, { tax_exempt: "exempt" });
  assertEquals(totalsOf(await open(shop)), ["complete", 0, 2_000]);
});

Deno.test("a new customer has the address, also when the subscription is created early", async () => {
  for (const checkout_subscription of ["late", "early"]) {
    await using shop = await openShop(null);
    await shop.control("behavior", { checkout_subscription });
    const { id, url } = await open(shop, { customer: undefined, customer_update: undefined });
    const email = { email: "eve@example.com" };
    await pay(url, email);
    assertEquals((await pay(url, { ...email, method: "authentication" })).status, 303);
    assertEquals((await send(`${url}/authenticate`, { action: "pass" })).status, 303);
    const { customer, invoice } = await shop.sdk.checkout.sessions.retrieve(id, { expand: ["customer", "invoice"] });
    assertEquals((customer as { address: { country: string } }).address.country, "DE");
    assertEquals((invoice as { total: number }).total, 2_380);
  }
});

Deno.test("automatic tax of a customer without an address is refused", async () => {
  await using shop = await openShop(null);
  const items = `customer=${shop.customer.id}&automatic_tax[enabled]=true`;
  const checkout = `${items}&mode=subscription&success_url=http://a.example&line_items[0][price]=${shop.price.id}`;
  for (
    const refused of [
      await shop.post("/v1/checkout/sessions", checkout),
      await shop.post("/v1/subscriptions", `${items}&items[0][price]=${shop.price.id}`),
    ]
  ) {
    const { status, code } = refusal(refused);
    assertEquals([status, code], [400, "customer_tax_location_invalid"]);
  }
});
