import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { isAccessible, send, visit } from "../testing/browser.ts";
import { openShop } from "../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

const open = (shop: Shop, params: Record<string, unknown> = {}) =>
  shop.sdk.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: shop.price.id, quantity: 2 }],
    success_url: "https://example.com/done",
    customer: shop.customer.id,
    allow_promotion_codes: true,
    ...params,
  });

async function offer(shop: Shop, code: Record<string, unknown> = {}, coupon: Record<string, unknown> = {}) {
  const { id } = await shop.sdk.coupons.create({ percent_off: 25, ...coupon });
  return await shop.sdk.promotionCodes.create({ promotion: { type: "coupon", coupon: id }, code: "SPRING", ...code });
}

const apply = (url: string | null, promotion_code = "spring") => send(url!, { action: "apply_code", promotion_code });
const pay = (url: string | null, method = "visa") => send(url!, { action: "pay", method });

Deno.test("an applied code lowers the totals, the payment and the invoice, and its subscription has the discount", async () => {
  await using shop = await openShop(null);
  const { id: promotion_code } = await offer(shop);
  const { id, url } = await open(shop);
  assert(isAccessible(await visit(url!)));
  assertEquals((await apply(url)).status, 303);
  const page = await visit(url!);
  for (const part of ["SPRING", "Discount", "-$5.00", "$15.00"]) assertStringIncludes(page.html, part);
  await pay(url);

  const session = await shop.sdk.checkout.sessions.retrieve(id, { expand: ["line_items", "subscription", "invoice"] });
  assertEquals([session.amount_subtotal, session.amount_total, session.total_details, session.discounts], [
    2_000,
    1_500,
    { amount_discount: 500, amount_shipping: 0, amount_tax: 0 },
    [{ coupon: null, promotion_code }],
  ]);
  const [line] = session.line_items!.data;
  assertEquals([line!.amount_subtotal, line!.amount_discount, line!.amount_total], [2_000, 500, 1_500]);
  const { discounts } = session.subscription as { discounts: string[] };
  const invoice = session.invoice as { amount_paid: number; discounts: string[]; subtotal: number; total: number };
  assertEquals([invoice.subtotal, invoice.total, invoice.amount_paid, invoice.discounts], [
    2_000,
    1_500,
    1_500,
    discounts,
  ]);
  assertEquals((await shop.sdk.promotionCodes.retrieve(promotion_code)).times_redeemed, 1);
});

Deno.test("a code lowers a single payment and its invoice", async () => {
  await using shop = await openShop(null);
  await offer(shop, {}, { percent_off: undefined, amount_off: 200, currency: "usd" });
  const { id: price } = await shop.sdk.prices.create({ product: shop.product.id, currency: "usd", unit_amount: 500 });
  const { id, url } = await open(shop, {
    mode: "payment",
    line_items: [{ price, quantity: 1 }],
    invoice_creation: { enabled: true },
  });
  await apply(url);
  await pay(url);
  const { amount_total, invoice, payment_intent } = await shop.sdk.checkout.sessions.retrieve(id, {
    expand: ["invoice", "payment_intent"],
  });
  const { amount } = payment_intent as { amount: number };
  assertEquals([amount_total, amount, (invoice as { total: number }).total], [300, 300, 300]);
});

Deno.test("a removed code raises the totals again", async () => {
  await using shop = await openShop(null);
  await offer(shop);
  const { id, url } = await open(shop);
  await apply(url);
  await send(url!, { action: "remove_code" });
  assertEquals((await shop.sdk.checkout.sessions.retrieve(id)).amount_total, 2_000);
});

Deno.test("a code of the whole amount leaves nothing to pay", async () => {
  await using shop = await openShop(null);
  await offer(shop, {}, { percent_off: 100 });
  const { id, url } = await open(shop, { payment_method_collection: "if_required" });
  await apply(url);
  assertEquals((await visit(url!)).html.includes('name="method"'), false);
  await send(url!, { action: "pay" });
  assertEquals((await shop.sdk.checkout.sessions.retrieve(id)).payment_status, "no_payment_required");
});

const REFUSED: Record<string, (shop: Shop) => Promise<unknown>> = {
  unknown: () => Promise.resolve(),
  inactive: (shop) => offer(shop, { active: false }),
  async expired(shop) {
    await offer(shop, { expires_at: Math.floor(shop.clock.now / 1_000) + 60 });
    await shop.advanceDays(0.01);
  },
  "of an expired coupon": async (shop) => {
    await offer(shop, {}, { redeem_by: Math.floor(shop.clock.now / 1_000) + 60 });
    await shop.advanceDays(0.01);
  },
  async "used up"(shop) {
    const { id } = await offer(shop, { max_redemptions: 1 });
    await shop.subscribe({ discounts: [{ promotion_code: id }], trial_period_days: 3 });
  },
  "of another customer": async (shop) => offer(shop, { customer: (await shop.sdk.customers.create()).id }),
  "of another currency": (shop) => offer(shop, {}, { percent_off: undefined, amount_off: 5, currency: "eur" }),
  "for a higher amount": (shop) =>
    offer(shop, { restrictions: { minimum_amount: 2_001, minimum_amount_currency: "usd" } }),
  async "for a first purchase"(shop) {
    await offer(shop, { restrictions: { first_time_transaction: true } });
    const payment_method = "pm_card_visa";
    await shop.sdk.paymentMethods.attach(payment_method, { customer: shop.customer.id }).then(({ id }) =>
      shop.subscribe({ default_payment_method: id })
    );
  },
};
for (const [what, prepare] of Object.entries(REFUSED)) {
  Deno.test(`a code that is ${what} is refused at the page`, async () => {
    await using shop = await openShop(null);
    await prepare(shop);
    const { id, url } = await open(shop);
    const page = await apply(url);
    assertEquals(page.status, 400);
    assertMatch(page.html, /role="alert"[^>]*>This code is (not|only) valid/);
    assertEquals((await shop.sdk.checkout.sessions.retrieve(id)).amount_total, 2_000);
  });
}

Deno.test("a code that was used up after it was applied is refused at the payment, which charges nothing", async () => {
  await using shop = await openShop(null);
  const { id: promotion_code } = await offer(shop, { max_redemptions: 1 });
  const { id, url } = await open(shop);
  await apply(url);
  await shop.subscribe({ discounts: [{ promotion_code }], trial_period_days: 3 });
  assertEquals((await pay(url)).status, 400);
  assertEquals((await shop.sdk.checkout.sessions.retrieve(id)).status, "open");
  assertEquals((await shop.sdk.charges.list()).data, []);
});

Deno.test("a session without allow_promotion_codes shows no field and refuses a code", async () => {
  await using shop = await openShop(null);
  await offer(shop);
  const { url } = await open(shop, { allow_promotion_codes: undefined });
  assertEquals((await visit(url!)).html.includes("promotion_code"), false);
  assertEquals((await apply(url)).status, 400);
});

Deno.test("a code of an early subscription counts once, also after a declined payment and another card", async () => {
  await using shop = await openShop(null);
  await shop.control("behavior", { checkout_subscription: "early" });
  const { id } = await offer(shop, { max_redemptions: 1 });
  const { url } = await open(shop);
  await apply(url);
  assertEquals((await pay(url, "declined")).status, 402);
  assertEquals((await pay(url)).status, 303);
  assertEquals((await shop.sdk.promotionCodes.retrieve(id)).times_redeemed, 1);
});
