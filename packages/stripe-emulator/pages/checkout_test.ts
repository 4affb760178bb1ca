import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { isAccessible, send, targetOf, visit } from "../testing/browser.ts";
import { openShop } from "../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

const CANCEL = "https://example.com/back";

const create = (shop: Shop, params: Record<string, unknown> = {}) =>
  shop.sdk.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: shop.price.id, quantity: 2 }],
    success_url: "https://example.com/done/{CHECKOUT_SESSION_ID}?s={CHECKOUT_SESSION_ID}",
    cancel_url: CANCEL,
    customer: shop.customer.id,
    ...params,
  });

const once = async (shop: Shop, params: Record<string, unknown> = {}, currency = "usd") => {
  const price = await shop.sdk.prices.create({ product: shop.product.id, currency, unit_amount: 500 });
  return await create(shop, { mode: "payment", line_items: [{ price: price.id, quantity: 1 }], ...params });
};

const pay = (url: string | null, method?: string, fields: Record<string, string> = {}) =>
  send(url!, { action: "pay", ...(method && { method }), ...fields });
const answer = (url: string | null, action: string) => send(`${url}/authenticate`, { action });
const retrieve = (shop: Shop, id: string, expand: string[] = []) => shop.sdk.checkout.sessions.retrieve(id, { expand });
const statuses = async (shop: Shop) =>
  (await shop.sdk.subscriptions.list({ status: "all" })).data.map(({ status }) => status);

Deno.test("the payment page shows the order with labels, a banner and the way back, without scripts", async () => {
  await using shop = await openShop(null);
  const { url } = await create(shop, { customer: undefined, billing_address_collection: "required" });
  const page = await visit(url!);
  assertEquals(page.status, 200);
  assert(isAccessible(page));
  for (const part of ["Starter every month", "$20.00", CANCEL, 'name="email"', 'name="country"', "Due today"]) {
    assertStringIncludes(page.html, part);
  }
  assertEquals([(await visit(`${shop.url}/c/pay/cs_test_none`)).status], [404]);
});

Deno.test("what others wrote is shown as text", async () => {
  await using shop = await openShop(null);
  await shop.sdk.products.update(shop.product.id, { name: "<script>alert(1)</script>" });
  const { url } = await create(shop);
  assertEquals((await visit(url!)).html.includes("<script"), false);
});

Deno.test("a paid subscription leads to success_url, in Stripe's order of events", async () => {
  await using shop = await openShop(null);
  const session = await create(shop, { subscription_data: { metadata: { owner: "ada" } } });
  let location: string | null = null;
  const types = await shop.eventsOf(async () => ({ location } = await pay(session.url, "visa")));
  assertEquals(location, `https://example.com/done/${session.id}?s=${session.id}`);
  const order = ["customer.subscription.created", "invoice.finalized", "invoice.paid", "checkout.session.completed"];
  assertEquals(types.filter((type) => order.includes(type)).toSorted(), order.toSorted());
  assertEquals(types.at(-1), "checkout.session.completed");
  const done = await retrieve(shop, session.id, ["subscription"]);
  assertEquals([done.status, done.payment_status], ["complete", "paid"]);
  const { status, metadata } = done.subscription as { status: string; metadata: object };
  assertEquals([status, metadata], ["active", { owner: "ada" }]);
  assertStringIncludes((await visit(session.url!)).html, "Payment complete");
  assertEquals((await pay(session.url, "visa")).location, null);
  assertEquals(await statuses(shop), ["active"]);
});

Deno.test("a declined payment is announced and leaves the session open, and another card pays", async () => {
  await using shop = await openShop(null);
  const session = await once(shop, { payment_intent_data: { metadata: { owner: "ada" } } });
  const types = await shop.eventsOf(async () => {
    const page = await pay(session.url, "declined");
    assertEquals(page.status, 402);
    assertMatch(page.html, /role="alert"[^>]*autofocus[^>]*>Your card was declined\./);
  });
  assertEquals(types, ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]);
  assertEquals((await retrieve(shop, session.id)).status, "open");
  const paid = await shop.eventsOf(() => pay(session.url, "visa"));
  assertEquals(paid, ["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]);
  const { payment_intent } = await retrieve(shop, session.id, ["payment_intent.latest_charge"]);
  const { metadata, latest_charge } = payment_intent as { metadata: object; latest_charge: { paid: boolean } };
  assertEquals([metadata, latest_charge.paid], [{ owner: "ada" }, true]);
});

Deno.test("a declined subscription leaves nothing behind, or an incomplete subscription if it is created early", async () => {
  for (const [checkout_subscription, left] of [["late", []], ["early", ["incomplete"]]] as const) {
    await using shop = await openShop(null);
    await shop.control("behavior", { checkout_subscription });
    const session = await create(shop);
    await pay(session.url, "declined");
    assertEquals(await statuses(shop), [...left]);
    assertEquals((await retrieve(shop, session.id)).status, "open");
    await pay(session.url, "visa");
    assertEquals(await statuses(shop), ["active"]);
    assertEquals((await retrieve(shop, session.id)).status, "complete");
  }
});

Deno.test("an early subscription whose first invoice is voided expires, and the session makes another", async () => {
  await using shop = await openShop(null);
  await shop.control("behavior", { checkout_subscription: "early" });
  const session = await create(shop);
  await pay(session.url, "declined");
  const { latest_invoice } = (await shop.sdk.subscriptions.list({ status: "all" })).data[0]!;
  await shop.sdk.invoices.voidInvoice(latest_invoice as string);
  assertEquals(await statuses(shop), ["incomplete_expired"]);
  await pay(session.url, "visa");
  assertEquals(await statuses(shop), ["active", "incomplete_expired"]);
});

for (const checkout_subscription of ["late", "early"]) {
  Deno.test(`a card that asks for authentication passes, fails and is abandoned, subscription ${checkout_subscription}`, async () => {
    await using shop = await openShop(null);
    await shop.control("behavior", { checkout_subscription });
    const waiting = checkout_subscription === "early" ? ["incomplete"] : [];
    const session = await create(shop);
    assertEquals((await pay(session.url, "authentication")).location, `/c/pay/${session.id}/authenticate`);
    assert(isAccessible(await visit(`${session.url}/authenticate`)));
    assertEquals(await statuses(shop), waiting);
    assertEquals((await answer(session.url, "abandon")).location, CANCEL);
    assertEquals((await retrieve(shop, session.id)).status, "open");
    await pay(session.url, "authentication");
    assertEquals((await answer(session.url, "fail")).status, 402);
    assertEquals(await statuses(shop), waiting);
    await pay(session.url, "authentication");
    assertEquals(
      (await answer(session.url, "pass")).location,
      `https://example.com/done/${session.id}?s=${session.id}`,
    );
    assertEquals(await statuses(shop), ["active"]);
    assertEquals((await retrieve(shop, session.id)).payment_status, "paid");
  });
}

Deno.test("expiring a session during its payment cancels, refuses or leaves the payment", async () => {
  for (
    const [checkout_expiry, expired, after, paid] of [
      ["cancels", 200, "incomplete_expired", "incomplete_expired"],
      ["refuses", 400, "incomplete", "active"],
      ["leaves", 200, "incomplete", "active"],
    ] as const
  ) {
    await using shop = await openShop(null);
    await shop.control("behavior", { checkout_subscription: "early", checkout_expiry });
    const session = await create(shop);
    await pay(session.url, "authentication");
    assertEquals((await shop.post(`/v1/checkout/sessions/${session.id}/expire`)).status, expired, checkout_expiry);
    assertEquals(await statuses(shop), [after], checkout_expiry);
    await answer(session.url, "pass");
    assertEquals(await statuses(shop), [paid], checkout_expiry);
    assertEquals((await retrieve(shop, session.id)).status, expired === 400 ? "complete" : "expired", checkout_expiry);
  }
});

Deno.test("an expired session creates no subscription late, and its payment intent is canceled or left", async () => {
  for (const [checkout_expiry, status] of [["cancels", "canceled"], ["leaves", "succeeded"]] as const) {
    await using shop = await openShop(null);
    await shop.control("behavior", { checkout_expiry });
    const [late, single] = [await create(shop), await once(shop)];
    for (const { id, url } of [late, single]) {
      await pay(url, "authentication");
      await shop.sdk.checkout.sessions.expire(id);
      await answer(url, "pass");
    }
    assertEquals(await statuses(shop), []);
    assertEquals((await shop.sdk.paymentIntents.list()).data.map((intent) => intent.status), [status]);
    assertEquals((await visit(late.url!)).status, 410);
  }
});

for (const outcome of ["succeeded", "failed"]) {
  Deno.test(`a bank debit completes the session and has ${outcome} when a control call says so`, async () => {
    await using shop = await openShop(null);
    const euros = await shop.sdk.prices.create({
      product: shop.product.id,
      currency: "eur",
      unit_amount: 900,
      recurring: { interval: "month" },
    });
    const sessions = [
      await create(shop, { line_items: [{ price: euros.id, quantity: 1 }] }),
      await once(shop, {}, "eur"),
    ];
    for (const { id, url } of sessions) {
      const types = await shop.eventsOf(() => pay(url, "bank_debit"));
      assertEquals(types.at(-1), "checkout.session.completed");
      const { status, payment_status } = await retrieve(shop, id);
      assertEquals([status, payment_status], ["complete", "unpaid"]);
    }
    assertEquals(await statuses(shop), ["active"]);
    for (const { id } of sessions) {
      const types = await shop.eventsOf(() => shop.control("bank_debits", { session: id, outcome }));
      assertEquals(types.at(-1), `checkout.session.async_payment_${outcome}`);
      assertEquals((await shop.control("bank_debits", { session: id, outcome })).status, 400);
      assertEquals((await retrieve(shop, id)).payment_status, outcome === "failed" ? "unpaid" : "paid");
    }
    assertEquals(await statuses(shop), [outcome === "failed" ? "past_due" : "active"]);
    const [intent] = (await shop.sdk.paymentIntents.list()).data;
    assertEquals(intent!.status, outcome === "failed" ? "requires_payment_method" : "succeeded");
  });
}

Deno.test("a quantity that may change is changed within its range, and billed", async () => {
  await using shop = await openShop(null);
  const session = await create(shop, {
    line_items: [{ price: shop.price.id, quantity: 2, adjustable_quantity: { enabled: true, minimum: 1, maximum: 5 } }],
  });
  assertEquals((await send(session.url!, { action: "update", quantity_0: "6" })).status, 400);
  assertEquals((await send(session.url!, { action: "update", quantity_0: "-1" })).status, 400);
  await send(session.url!, { action: "update", quantity_0: "3" });
  const page = await visit(session.url!);
  assert(isAccessible(page));
  assertStringIncludes(page.html, "$30.00");
  await pay(session.url, "visa", { quantity_0: "4" });
  const { amount_total, subscription } = await retrieve(shop, session.id, ["subscription"]);
  const { items } = subscription as unknown as { items: { data: { quantity: number }[] } };
  assertEquals([amount_total, items.data[0]!.quantity], [4_000, 4]);
});

Deno.test("the form after a failed authentication pays, and keeps the name", async () => {
  await using shop = await openShop(null);
  const session = await create(shop);
  await pay(session.url, "authentication", { name: "Ada" });
  const page = await answer(session.url, "fail");
  assertStringIncludes(page.html, 'value="Ada"');
  const { location } = await send(targetOf(page, `${session.url}/authenticate`, "pay"), {
    action: "pay",
    method: "visa",
  });
  assertEquals(location, `https://example.com/done/${session.id}?s=${session.id}`);
});

Deno.test("Enter in the fields of the buyer pays and in a quantity updates it: each form has one button", async () => {
  await using shop = await openShop(null);
  const { url } = await create(shop, {
    line_items: [{ price: shop.price.id, quantity: 2, adjustable_quantity: { enabled: true } }],
  });
  const forms = (await visit(url!)).html.match(/<form\b[^]*?<\/form>/g)!;
  assertEquals(forms.map((form) => form.match(/<button\b[^>]*value="\w+"/g)?.length), [1, 1]);
  assertEquals(forms.map((form) => [form.includes('name="quantity_0"'), form.includes('name="name"')]), [
    [true, false],
    [false, true],
  ]);
});

Deno.test("a quantity that may not change is ignored", async () => {
  await using shop = await openShop(null);
  const session = await create(shop);
  await pay(session.url, "visa", { quantity_0: "9" });
  assertEquals((await retrieve(shop, session.id)).amount_total, 2_000);
});

Deno.test("a trial or a free price needs a method only if the session collects one always", async () => {
  await using shop = await openShop(null);
  const trial = { subscription_data: { trial_period_days: 7 } };
  const [always, optional] = [
    await create(shop, trial),
    await create(shop, { ...trial, payment_method_collection: "if_required" }),
  ];
  assertStringIncludes((await visit(always.url!)).html, "Card 4242");
  assertEquals((await pay(always.url)).status, 400);
  assertEquals((await pay(always.url, "declined")).status, 402);
  assertEquals((await pay(always.url, "declined_later")).status, 303);
  assertEquals((await visit(optional.url!)).html.includes("Card 4242"), false);
  assertEquals((await pay(optional.url)).status, 303);
  assertEquals((await retrieve(shop, optional.id)).payment_status, "no_payment_required");
  assertEquals(await statuses(shop), ["trialing", "trialing"]);

  const free = await shop.priceOf(0);
  const gift = await create(shop, {
    line_items: [{ price: free.id, quantity: 1 }],
    payment_method_collection: "if_required",
  });
  assertEquals((await pay(gift.url)).status, 303);
  const { payment_status, payment_intent } = await retrieve(shop, gift.id);
  assertEquals([payment_status, payment_intent, (await statuses(shop))[0]], ["no_payment_required", null, "active"]);
});

Deno.test("the page saves to the customer what customer_update says, and asks for the address where it is needed", async () => {
  await using shop = await openShop(null);
  const address = { line1: "Ring 1", postal_code: "1010", city: "Wien", country: "at" };
  const session = await create(shop, {
    billing_address_collection: "required",
    customer_update: { address: "auto", name: "auto" },
  });
  assertEquals((await pay(session.url, "visa", { name: "Ada" })).status, 400);
  await pay(session.url, "visa", { name: "Ada", ...address });
  const customer = await shop.sdk.customers.retrieve(shop.customer.id) as {
    name: string;
    address: { country: string };
  };
  assertEquals([customer.name, customer.address.country], ["Ada", "AT"]);
  const { customer_details } = await retrieve(shop, session.id);
  assertEquals(customer_details!.address!.city, "Wien");

  const other = await create(shop, { billing_address_collection: "required" });
  await pay(other.url, "visa", { name: "Bob", ...address, city: "Graz" });
  const unchanged = await shop.sdk.customers.retrieve(shop.customer.id) as { name: string; address: { city: string } };
  assertEquals([unchanged.name, unchanged.address.city], ["Ada", "Wien"]);
});

Deno.test("a single payment creates an invoice if the session asks for one", async () => {
  await using shop = await openShop(null);
  const session = await once(shop, { invoice_creation: { enabled: true, invoice_data: { metadata: { a: "b" } } } });
  await pay(session.url, "visa");
  const { invoice } = await retrieve(shop, session.id, ["invoice"]);
  const { status, total, metadata } = invoice as unknown as { status: string; total: number; metadata: object };
  assertEquals([status, total, metadata], ["paid", 500, { a: "b" }]);
});

Deno.test("a session of a deleted customer stays open and cannot be paid", async () => {
  await using shop = await openShop(null);
  const session = await create(shop);
  await shop.sdk.customers.del(shop.customer.id);
  assertEquals((await visit(session.url!)).status, 200);
  assertEquals((await pay(session.url, "visa")).status, 400);
  assertEquals((await retrieve(shop, session.id)).status, "open");
});

Deno.test("a session that ran out of time shows that its link has expired", async () => {
  await using shop = await openShop(null);
  const session = await create(shop);
  await shop.advanceDays(1);
  assertEquals((await pay(session.url, "visa")).status, 410);
  assertStringIncludes((await visit(session.url!)).html, CANCEL);
});
