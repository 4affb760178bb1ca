import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

const REFUSED: [
  what: string,
  body: (ids: { price: string; once: string; yearly: string; off: string }) => string,
  param: string | undefined,
  message: RegExp,
][] = [
  ["no items", () => "items=", "items", /at least one item/],
  ["a price that does not exist", () => "items[0][price]=price_none", "items[0][price]", /No such price: 'price_none'/],
  ["a price that is paid once", ({ once }) => `items[0][price]=${once}`, "items[0][price]", /type=recurring/],
  ["an archived price", ({ off }) => `items[0][price]=${off}`, "items[0][price]", /inactive/],
  [
    "two intervals",
    ({ price, yearly }) => `items[0][price]=${price}&items[1][price]=${yearly}`,
    "items",
    /interval fields must match/,
  ],
  ["the same price twice", ({ price }) => `items[0][price]=${price}&items[1][price]=${price}`, "items", /same plan/],
  [
    "a trial that is over",
    ({ price }) => `items[0][price]=${price}&trial_end=1500000000`,
    "trial_end",
    /in the future/,
  ],
  [
    "two trials",
    ({ price }) => `items[0][price]=${price}&trial_end=1900000000&trial_period_days=3`,
    "trial_period_days",
    /same time/,
  ],
  [
    "send_invoice without days_until_due",
    ({ price }) => `items[0][price]=${price}&collection_method=send_invoice`,
    "days_until_due",
    /Missing required param/,
  ],
  [
    "days_until_due without send_invoice",
    ({ price }) => `items[0][price]=${price}&days_until_due=3`,
    "days_until_due",
    /send_invoice/,
  ],
  [
    "a cancellation in the past",
    ({ price }) => `items[0][price]=${price}&cancel_at=1500000000`,
    undefined,
    /in the future/,
  ],
  [
    "cancel_at and cancel_at_period_end",
    ({ price }) => `items[0][price]=${price}&cancel_at=1900000000&cancel_at_period_end=true`,
    "cancel_at_period_end",
    /both/,
  ],
  [
    "an unknown card",
    ({ price }) => `items[0][price]=${price}&default_payment_method=pm_none`,
    "default_payment_method",
    /No such PaymentMethod/,
  ],
  [
    "an unknown parameter",
    ({ price }) => `items[0][price]=${price}&plan=x`,
    "plan",
    /Received unknown parameter: plan/,
  ],
];
for (const [what, body, param, message] of REFUSED) {
  Deno.test(`a subscription with ${what} is refused`, async () => {
    await using shop = await openShop();
    const once = await shop.sdk.prices.create({ product: shop.product.id, currency: "usd", unit_amount: 1 });
    const off = await shop.priceOf(5);
    await shop.sdk.prices.update(off.id, { active: false });
    const yearly = await shop.priceOf(9_000, "year");
    const ids = { price: shop.price.id, once: once.id, yearly: yearly.id, off: off.id };
    const refused = await shop.post("/v1/subscriptions", `customer=${shop.customer.id}&${body(ids)}`);
    assertEquals([refused.status, refused.body.error?.type], [400, "invalid_request_error"]);
    assertMatch(refused.body.error.message, message);
    if (param) assertEquals(refused.body.error.param, param);
    assertEquals((await shop.sdk.subscriptions.list({ status: "all" })).data, []);
  });
}
