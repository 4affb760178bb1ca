import { assertEquals, assertMatch } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

type Shop = Awaited<ReturnType<typeof openShop>>;

const create = (shop: Shop, params: Record<string, unknown> = {}) =>
  shop.sdk.checkout.sessions.create({
    mode: "subscription",
    line_items: [{ price: shop.price.id, quantity: 2 }],
    success_url: "https://example.com/done?session={CHECKOUT_SESSION_ID}",
    customer: shop.customer.id,
    ...params,
  });

/** The error of a refused session. */
async function refused(shop: Shop, params: Record<string, unknown>) {
  return await create(shop, params).then(
    () => {
      throw new Error("The session was created");
    },
    ({ statusCode, code, param, message }) => ({
      statusCode,
      ...(code && { code }),
      ...(param && { param }),
      message,
    }),
  );
}

Deno.test("checkout.sessions.create keeps what the buyer may change and what the payment passes on", async () => {
  await using shop = await openShop(null);
  const session = await create(shop, {
    allow_promotion_codes: true,
    automatic_tax: { enabled: true },
    billing_address_collection: "required",
    cancel_url: "https://example.com/back",
    client_reference_id: "user_1",
    customer_update: { address: "auto", name: "auto" },
    line_items: [{
      price: shop.price.id,
      quantity: 2,
      adjustable_quantity: { enabled: true, maximum: 50 },
      metadata: { line: "1" },
    }],
    locale: "de",
    metadata: { slot: "plan:default" },
    payment_method_collection: "if_required",
    subscription_data: {
      metadata: { owner: "user_1" },
      trial_period_days: 7,
      trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
    },
    tax_id_collection: { enabled: true },
  });
  assertEquals(session.success_url, "https://example.com/done?session={CHECKOUT_SESSION_ID}");
  assertEquals([session.automatic_tax.enabled, session.automatic_tax.status], [true, "requires_location_inputs"]);
  assertEquals([session.billing_address_collection, session.payment_method_collection], ["required", "if_required"]);
  assertEquals([session.tax_id_collection, session.locale], [{ enabled: true, required: "never" }, "de"]);
  assertEquals([session.client_reference_id, session.metadata], ["user_1", { slot: "plan:default" }]);
  assertEquals([session.currency, session.invoice_creation], ["usd", null]);
  assertEquals(["customer_update", "lines", "subscription_data"].filter((name) => name in session), []);
  assertMatch(session.url!, new RegExp(`^${shop.url}/c/pay/${session.id}$`));

  const [line] = (await shop.sdk.checkout.sessions.listLineItems(session.id)).data;
  assertEquals(line!.adjustable_quantity, { enabled: true, maximum: 50, minimum: 0 });
  assertEquals([line!.metadata, line!.quantity, line!.amount_total], [{ line: "1" }, 2, 2_000]);
});

Deno.test("checkout.sessions.create in payment mode keeps the creation of an invoice", async () => {
  await using shop = await openShop(null);
  const once = await shop.sdk.prices.create({ product: shop.product.id, currency: "usd", unit_amount: 500 });
  const params = { mode: "payment", line_items: [{ price: once.id, quantity: 1 }] };
  const session = await create(shop, {
    ...params,
    invoice_creation: { enabled: true, invoice_data: { description: "A book", metadata: { a: "b" } } },
  });
  assertEquals(session.invoice_creation!.enabled, true);
  assertEquals(session.invoice_creation!.invoice_data.metadata, { a: "b" });
  assertEquals((await create(shop, params)).invoice_creation!.enabled, false);
});

Deno.test("checkout.sessions.create asks for a customer's address or for leave to save one where it taxes", async () => {
  await using shop = await openShop(null);
  const taxed = { automatic_tax: { enabled: true } };
  const { code, statusCode } = await refused(shop, taxed) as { code: string; statusCode: number };
  assertEquals([statusCode, code], [400, "customer_tax_location_invalid"]);
  assertEquals((await create(shop, { ...taxed, customer: undefined })).status, "open");
  await shop.sdk.customers.update(shop.customer.id, { address: { country: "AT", line1: "Ring 1" } });
  assertEquals((await create(shop, taxed)).status, "open");
});

Deno.test("checkout.sessions.create asks for leave to save a customer's name where it collects tax ids", async () => {
  await using shop = await openShop(null);
  assertEquals((await refused(shop, { tax_id_collection: { enabled: true } })).param, "tax_id_collection");
  const session = await create(shop, { tax_id_collection: { enabled: true }, customer_update: { name: "auto" } });
  assertEquals(session.tax_id_collection!.enabled, true);
});

Deno.test("checkout.sessions.create refuses the mode, values and URLs that a session cannot have", async () => {
  await using shop = await openShop(null);
  const param = async (params: Record<string, unknown>) => (await refused(shop, params)).param;
  const line = (adjustable_quantity: object, quantity = 1) => ({
    line_items: [{ price: shop.price.id, quantity, adjustable_quantity }],
  });
  assertEquals(await param({ mode: "setup" }), "mode");
  assertEquals(await param({ ui_mode: "embedded_page" }), "ui_mode");
  assertEquals(await param(line({ enabled: true, maximum: 1_000_000 })), "line_items[0][adjustable_quantity][maximum]");
  assertEquals(await param(line({ enabled: true, minimum: 2 })), "line_items[0][quantity]");
  assertEquals(await param(line({ enabled: true }, 100)), "line_items[0][quantity]");
  assertEquals(await param({ customer: undefined, customer_update: { name: "auto" } }), "customer_update");
  assertEquals(await param({ invoice_creation: { enabled: true } }), "invoice_creation");
  assertEquals(await param({ payment_intent_data: { metadata: { a: "b" } } }), "payment_intent_data");
  assertEquals((await refused(shop, { success_url: "example.com" })).code, "url_invalid");
  assertEquals((await refused(shop, { cancel_url: "https://" })).code, "url_invalid");
  assertEquals(await param({ subscription_data: { trial_period_days: 0 } }), "subscription_data[trial_period_days]");
  const once = await shop.sdk.prices.create({ product: shop.product.id, currency: "usd", unit_amount: 500 });
  const payment = { mode: "payment", line_items: [{ price: once.id, quantity: 1 }] };
  assertEquals(await param({ ...payment, payment_method_collection: "if_required" }), "payment_method_collection");
});

Deno.test("checkout.sessions.create sells in a currency of the price only", async () => {
  await using shop = await openShop(null);
  const price = await shop.sdk.prices.create({
    product: shop.product.id,
    currency: "usd",
    unit_amount: 1_000,
    currency_options: { eur: { unit_amount: 900 } },
    recurring: { interval: "month" },
  });
  const session = await create(shop, { currency: "eur", line_items: [{ price: price.id, quantity: 2 }] });
  assertEquals([session.currency, session.amount_total], ["eur", 1_800]);
  const [line] = (await shop.sdk.checkout.sessions.listLineItems(session.id)).data;
  assertEquals([line!.currency, line!.amount_total, line!.price!.currency], ["eur", 1_800, "usd"]);
  assertEquals((await refused(shop, { currency: "gbp" })).param, "line_items[0][price]");

  const method = await shop.sdk.paymentMethods.create({ type: "card", card: { token: "tok_visa" } });
  await shop.post(`/v1/payment_pages/${session.id}/confirm`, `payment_method=${method.id}`);
  const { subscription } = await shop.sdk.checkout.sessions.retrieve(session.id, {
    expand: ["subscription.latest_invoice"],
  });
  const { currency, latest_invoice } = subscription as unknown as {
    currency: string;
    latest_invoice: { total: number };
  };
  assertEquals([currency, latest_invoice.total], ["eur", 1_800]);
});

Deno.test("an open subscription session locks its customer's currency until it is closed", async () => {
  await using shop = await openShop();
  const euros = await shop.sdk.prices.create({
    product: shop.product.id,
    currency: "eur",
    unit_amount: 900,
    recurring: { interval: "month" },
  });
  const inEuros = { line_items: [{ price: euros.id, quantity: 1 }] };
  const session = await create(shop);
  const { code, message } = await refused(shop, inEuros) as { code?: string; message: string };
  assertEquals(code, undefined);
  assertMatch(message, /^You cannot combine currencies on a single customer\. .*usd$/);
  const body = `customer=${shop.customer.id}&items[0][price]=${euros.id}`;
  assertMatch(refusal(await shop.post("/v1/subscriptions", body)).message, /^You cannot combine currencies/);

  const once = await shop.sdk.prices.create({ product: shop.product.id, currency: "eur", unit_amount: 500 });
  assertEquals(
    (await create(shop, { mode: "payment", line_items: [{ price: once.id, quantity: 1 }] })).currency,
    "eur",
  );
  await shop.sdk.checkout.sessions.expire(session.id);
  const other = await create(shop, inEuros);
  assertEquals(other.currency, "eur");
  await shop.advanceDays(1);
  assertEquals((await create(shop)).currency, "usd");
});

Deno.test("a running subscription locks its customer's currency for sessions", async () => {
  await using shop = await openShop();
  await shop.subscribe();
  const euros = await shop.sdk.prices.create({
    product: shop.product.id,
    currency: "eur",
    unit_amount: 900,
    recurring: { interval: "month" },
  });
  const { message } = await refused(shop, { line_items: [{ price: euros.id, quantity: 1 }] });
  assertMatch(message, /^You cannot combine currencies on a single customer\. .*usd$/);
});

Deno.test("checkout sessions are listed by customer and status, page by page, also of a deleted customer", async () => {
  await using shop = await openShop(null);
  const sessions = [];
  for (let count = 0; count < 5; count++) sessions.push((await create(shop)).id);
  await create(shop, { customer: undefined });
  await shop.sdk.checkout.sessions.expire(sessions[0]!);
  const listed = [];
  for await (
    const { id } of shop.sdk.checkout.sessions.list({ customer: shop.customer.id, status: "open", limit: 2 })
  ) listed.push(id);
  assertEquals(listed, sessions.slice(1).toReversed());
  const unknown = await shop.get("/v1/checkout/sessions?customer=cus_none");
  assertEquals([unknown.status, unknown.body.error.code], [400, "resource_missing"]);

  await shop.sdk.customers.del(shop.customer.id);
  assertEquals((await shop.sdk.checkout.sessions.list({ customer: shop.customer.id })).data.length, 5);
  const { customer } = await shop.sdk.checkout.sessions.retrieve(sessions[1]!, { expand: ["customer"] });
  assertEquals((customer as { deleted?: boolean }).deleted, true);
  const { code, param } = await refused(shop, {}) as { code: string; param: string };
  assertEquals([code, param], ["resource_missing", "customer"]);
  assertEquals((await shop.sdk.checkout.sessions.expire(sessions[1]!)).status, "expired");
});

Deno.test("only an open checkout session can be expired", async () => {
  await using shop = await openShop(null);
  const { id } = await create(shop, { expires_at: Math.floor(shop.clock.now / 1_000) + 30 * 60 });
  shop.clock.now += 30 * 60 * 1_000;
  const { body } = await shop.post(`/v1/checkout/sessions/${id}/expire`);
  assertMatch(body.error.message, /^Only Checkout Sessions with a status in \["open"\] can be expired\./);
});
