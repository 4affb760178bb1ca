import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

/** Pays a session as its payment page does. */
async function pay(shop: Shop, session: string, method = "card[token]=tok_visa", expected?: number) {
  const { body } = await shop.post(
    "/v1/payment_methods",
    `type=${method.split("[")[0]}&${method}&billing_details[email]=bob@example.com`,
  );
  const amount = expected === undefined ? "" : `&expected_amount=${expected}`;
  return await shop.post(`/v1/payment_pages/${session}/confirm`, `payment_method=${body.id}${amount}`);
}

const subscribing = (shop: Shop, params: Record<string, unknown> = {}) =>
  shop.sdk.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: shop.price.id, quantity: 2 }],
    success_url: "https://example.com/done",
    customer: shop.customer.id,
    ...params,
  });

Deno.test("a paid Checkout session creates a subscription", async () => {
  await using shop = await openShop(null);
  const session = await subscribing(shop, { subscription_data: { metadata: { plan: "a" } } });
  assertMatch(session.id, /^cs_test_\w+$/);
  assertEquals([session.status, session.payment_status, session.amount_total], ["open", "unpaid", 2_000]);
  assertMatch(session.url!, /^http:\/\/127\.0\.0\.1:\d+\/c\/pay\/cs_test_\w+$/);
  assertEquals("lines" in session, false);
  const types = await shop.eventsOf(() => pay(shop, session.id, undefined, 2_000));
  assertEquals([types.at(-1), types.includes("customer.subscription.created")], ["checkout.session.completed", true]);
  const done = await shop.sdk.checkout.sessions.retrieve(session.id, { expand: ["subscription", "line_items"] });
  assertEquals([done.status, done.payment_status, done.url], ["complete", "paid", null]);
  const subscription = done.subscription as { status: string; metadata: object; default_payment_method: string };
  assertEquals([subscription.status, subscription.metadata], ["active", { plan: "a" }]);
  assertMatch(subscription.default_payment_method, /^pm_/);
  assertEquals(done.line_items!.data.map(({ quantity, amount_total }) => [quantity, amount_total]), [[2, 2_000]]);
});

Deno.test("a Checkout session without a customer creates one when it is paid", async () => {
  await using shop = await openShop(null);
  const session = await subscribing(shop, { customer: undefined, customer_email: "eve@example.com" });
  await pay(shop, session.id);
  const { customer } = await shop.sdk.checkout.sessions.retrieve(session.id, { expand: ["customer"] });
  assertEquals((customer as { email: string }).email, "eve@example.com");
});

Deno.test("a Checkout session with a trial requires no payment", async () => {
  await using shop = await openShop(null);
  const session = await subscribing(shop, { subscription_data: { trial_period_days: 5 } });
  await pay(shop, session.id);
  assertEquals((await shop.sdk.checkout.sessions.retrieve(session.id)).payment_status, "no_payment_required");
});

Deno.test("a declined card leaves the Checkout session open and creates no subscription", async () => {
  await using shop = await openShop(null);
  const session = await subscribing(shop);
  assertEquals((await pay(shop, session.id, "card[token]=tok_chargeCustomerFail")).status, 402);
  assertEquals((await shop.sdk.checkout.sessions.retrieve(session.id)).status, "open");
  assertEquals((await shop.sdk.subscriptions.list({ status: "all" })).data, []);
});

for (
  const [iban, outcome, status] of [["AT611904300234573201", "succeeded", "paid"], [
    "AT861904300235473202",
    "failed",
    "unpaid",
  ]]
) {
  Deno.test(`a bank debit has ${outcome} after the Checkout session is complete`, async () => {
    await using shop = await openShop(null);
    const once = await shop.sdk.prices.create({ product: shop.product.id, currency: "eur", unit_amount: 1_500 });
    const { body: session } = await shop.post(
      "/v1/checkout/sessions",
      `mode=payment&payment_method_types[]=sepa_debit&line_items[0][price]=${once.id}&line_items[0][quantity]=2` +
        "&success_url=https://example.com/done",
    );
    const types = await shop.eventsOf(() => pay(shop, session.id, `sepa_debit[iban]=${iban}`, 3_000));
    const expected = ["checkout.session.completed", `checkout.session.async_payment_${outcome}`];
    assertEquals(types.filter((type) => type.startsWith("checkout")), expected);
    const [first] = (await shop.get("/v1/events?type=checkout.session.completed")).body.data;
    assertEquals(first.data.object.payment_status, "unpaid");
    const done = await shop.sdk.checkout.sessions.retrieve(session.id, { expand: ["payment_intent"] });
    assertEquals([done.payment_status, (done.payment_intent as { amount: number }).amount], [status, 3_000]);
  });
}

Deno.test("a Checkout session expires on request, or after a day", async () => {
  await using shop = await openShop();
  const [first, second] = [await subscribing(shop), await subscribing(shop)];
  assertEquals((await shop.sdk.checkout.sessions.expire(first.id)).status, "expired");
  assertEquals((await shop.post(`/v1/checkout/sessions/${first.id}/expire`)).status, 400);
  assertEquals((await pay(shop, first.id)).status, 400);
  assertEquals(await shop.eventsOf(() => shop.advanceDays(1)), ["checkout.session.expired"]);
  assertEquals((await shop.get(`/v1/checkout/sessions?status=expired`)).body.data.map(({ id }: { id: string }) => id), [
    second.id,
    first.id,
  ]);
});

Deno.test("a Checkout session with contradicting parameters is refused", async () => {
  await using shop = await openShop();
  const once = await shop.sdk.prices.create({ product: shop.product.id, currency: "usd", unit_amount: 1 });
  const create = async (body: string) =>
    (await shop.post("/v1/checkout/sessions", `success_url=https://example.com&${body}`)).body.error?.param;
  const item = (price: string) => `line_items[0][price]=${price}`;
  assertEquals(await create(`mode=payment&${item(shop.price.id)}`), "line_items[0][price]");
  assertEquals(await create(`mode=subscription&${item(once.id)}`), "line_items[0][price]");
  assertEquals(await create(`mode=payment&${item("price_none")}`), "line_items[0][price]");
  assertEquals(
    await create(`mode=payment&${item(once.id)}&subscription_data[trial_period_days]=3`),
    "subscription_data",
  );
  assertEquals(await create(`mode=payment&${item(once.id)}&customer=cus_none`), "customer");
  assertEquals(await create(`mode=payment&${item(once.id)}&expires_at=1`), "expires_at");
  const { body } = await shop.post(
    "/v1/checkout/sessions",
    `success_url=https://example.com&mode=payment&${item(once.id)}`,
  );
  assertEquals((await pay(shop, body.id, undefined, 5)).body.error.code, "checkout_amount_mismatch");
  assertEquals((await pay(shop, body.id, "sepa_debit[iban]=AT611904300234573201")).body.error.param, "payment_method");
});
