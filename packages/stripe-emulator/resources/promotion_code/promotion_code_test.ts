import { assertEquals } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

Deno.test("a promotion code is created, retrieved, listed by its code and switched off", async () => {
  await using shop = await openShop();
  const { sdk } = shop;
  const { id: coupon } = await sdk.coupons.create({ percent_off: 25 });
  const code = await sdk.promotionCodes.create({ promotion: { type: "coupon", coupon }, code: "Spring-25" });
  assertEquals([code.object, code.active, code.code, code.promotion], [
    "promotion_code",
    true,
    "Spring-25",
    { coupon, type: "coupon" },
  ]);
  assertEquals((await sdk.promotionCodes.retrieve(code.id)).times_redeemed, 0);
  assertEquals((await sdk.promotionCodes.list({ code: "spring-25", coupon })).data.map(({ id }) => id), [code.id]);

  const double = `promotion[type]=coupon&promotion[coupon]=${coupon}&code=SPRING-25`;
  assertEquals((await shop.post("/v1/promotion_codes", double)).body.error.param, "code");
  assertEquals((await sdk.promotionCodes.update(code.id, { active: false })).active, false);
  assertEquals((await sdk.promotionCodes.list({ active: true })).data, []);
  assertEquals((await shop.post("/v1/promotion_codes", double)).status, 200);
  assertEquals((await shop.post(`/v1/promotion_codes/${code.id}`, "active=true")).body.error.param, "code");

  const { data } = await sdk.events.list({ types: ["promotion_code.created", "promotion_code.updated"] });
  assertEquals(data.map(({ type }) => type).toReversed(), [
    "promotion_code.created",
    "promotion_code.updated",
    "promotion_code.created",
  ]);
});

Deno.test("a promotion code of no coupon, or with other characters, is refused", async () => {
  await using shop = await openShop();
  const { id: coupon } = await shop.sdk.coupons.create({ percent_off: 25 });
  const create = async (of: string, code: string) =>
    refusal(await shop.post("/v1/promotion_codes", `promotion[type]=coupon&promotion[coupon]=${of}&code=${code}`));
  assertEquals((await create("none", "A")).param, "promotion[coupon]");
  assertEquals((await create(coupon, "A%20B")).param, "code");
});

const DURATIONS: [duration: "once" | "repeating" | "forever", totals: number[]][] = [
  ["once", [750, 1_000, 1_000]],
  ["repeating", [750, 750, 1_000]],
  ["forever", [750, 750, 750]],
];
for (const [duration, totals] of DURATIONS) {
  Deno.test(`a coupon with the duration ${duration} reduces a subscription's invoices as long as it says`, async () => {
    await using shop = await openShop();
    const { sdk } = shop;
    const { id: coupon } = await sdk.coupons.create({
      percent_off: 25,
      duration,
      ...duration === "repeating" && { duration_in_months: 2 },
    });
    const { id: promotion_code } = await sdk.promotionCodes.create({ promotion: { type: "coupon", coupon } });
    const { id } = await shop.subscribe({ discounts: [{ promotion_code }] });
    const { discounts: [discount] } = await sdk.subscriptions.retrieve(id, { expand: ["discounts"] });
    assertEquals((discount as { promotion_code: string }).promotion_code, promotion_code);
    await sdk.coupons.del(coupon); // which ends no discount
    await shop.advanceDays(32);
    await shop.advanceDays(31);
    const { data } = await sdk.invoices.list({ subscription: id });
    assertEquals(data.map(({ total }) => total).toReversed(), totals);
    const [first] = data.toReversed();
    assertEquals([first!.subtotal, first!.amount_paid, first!.total_discount_amounts], [1_000, 750, [{
      amount: 250,
      discount: (discount as { id: string }).id,
    }]]);
    assertEquals(first!.lines.data[0]!.discount_amounts![0]!.amount, 250);
  });
}

Deno.test("a trial's invoice does not use up a coupon that counts once", async () => {
  await using shop = await openShop();
  const { id: coupon } = await shop.sdk.coupons.create({ amount_off: 300, currency: "usd" });
  const { id } = await shop.subscribe({ discounts: [{ coupon }], trial_period_days: 5 });
  await shop.advanceDays(6);
  await shop.advanceDays(32);
  const { data } = await shop.sdk.invoices.list({ subscription: id });
  assertEquals(data.map(({ total }) => total).toReversed(), [0, 700, 1_000]);
});

Deno.test("an amount off is divided over the lines to the cent", async () => {
  await using shop = await openShop();
  const { id: coupon } = await shop.sdk.coupons.create({ amount_off: 1_000, currency: "usd" });
  const prices = await Promise.all([700, 700, 700].map((amount) => shop.priceOf(amount)));
  const { latest_invoice } = await shop.subscribe({
    items: prices.map(({ id }) => ({ price: id })),
    discounts: [{ coupon }],
  });
  const { lines, total } = await shop.sdk.invoices.retrieve(latest_invoice as string);
  assertEquals(lines.data.map(({ discount_amounts }) => discount_amounts![0]!.amount), [333, 334, 333]);
  assertEquals(total, 1_100);
});
