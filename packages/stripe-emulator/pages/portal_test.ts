import { assert, assertEquals, assertMatch, assertStringIncludes } from "../testing/assert.ts";
import { isAccessible, send, visit } from "../testing/browser.ts";
import { openShop, refusal } from "../testing/shop.ts";

const RETURN = "https://example.com/account";

/** A shop with a subscriber, and a portal that offers everything, with an immediate charge. */
async function openPortal(card = "pm_card_visa") {
  const shop = await openShop(card);
  const pro = await shop.priceOf(3_000, "month", "Pro");
  const configuration = await shop.sdk.billingPortal.configurations.create({
    features: {
      payment_method_update: { enabled: true },
      subscription_cancel: { enabled: true },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ["price", "quantity"],
        products: [
          { product: shop.product.id, prices: [shop.price.id] },
          { product: pro.product as string, prices: [pro.id] },
        ],
        proration_behavior: "always_invoice",
      },
    },
  });
  const subscription = await shop.subscribe();
  const open = (params: Record<string, unknown> = {}) =>
    shop.sdk.billingPortal.sessions.create({
      customer: shop.customer.id,
      configuration: configuration.id,
      return_url: RETURN,
      ...params,
    });
  const current = () => shop.sdk.subscriptions.retrieve(subscription.id);
  return Object.assign(shop, { pro, configuration, subscription, item: subscription.items.data[0]!.id, open, current });
}

Deno.test("a portal session without a configuration answers Stripe's error until there is a default", async () => {
  await using shop = await openPortal();
  const { status, type, message } = refusal(
    await shop.post("/v1/billing_portal/sessions", `customer=${shop.customer.id}`),
  );
  assertEquals([status, type], [400, "invalid_request_error"]);
  assertMatch(message, /^No configuration provided and your test mode default configuration has not been created\./);
  assertEquals((await shop.sdk.billingPortal.configurations.list({ is_default: true })).data, []);

  await shop.control("portal_default", { configuration: shop.configuration.id });
  const session = await shop.open({ configuration: undefined });
  assertEquals([session.configuration, session.return_url, session.flow], [shop.configuration.id, RETURN, null]);
  assertEquals("secret" in session, false);
  assertEquals((await shop.control("portal_default", { configuration: null })).status, 204);
  assertEquals((await shop.post("/v1/billing_portal/sessions", `customer=${shop.customer.id}`)).status, 400);
});

Deno.test("a portal session of another's subscription, a foreign price or a disabled feature is refused", async () => {
  await using shop = await openPortal();
  const other = await shop.sdk.customers.create({});
  const param = async (flow_data: object, params: object = {}) =>
    await shop.open({ flow_data, ...params }).then(() => null, ({ param }) => param);
  const confirm = (item: object) => ({
    type: "subscription_update_confirm",
    subscription_update_confirm: { subscription: shop.subscription.id, items: [{ id: shop.item, ...item }] },
  });
  const cancel = { type: "subscription_cancel", subscription_cancel: { subscription: shop.subscription.id } };
  assertEquals(await param(cancel, { customer: other.id }), "flow_data[subscription_cancel][subscription]");
  assertEquals(await param({ type: "subscription_cancel" }), "flow_data[subscription_cancel]");
  const unlisted = await shop.priceOf(1);
  const itemParam = "flow_data[subscription_update_confirm][items][0]";
  assertEquals(await param(confirm({ price: unlisted.id })), `${itemParam}[price]`);
  assertEquals(await param(confirm({})), itemParam);
  assertEquals(await param(confirm({ id: "si_none", price: shop.pro.id })), `${itemParam}[id]`);
  assertEquals(await param(confirm({ price: shop.pro.id })), null);
  await shop.sdk.subscriptions.update(shop.subscription.id, { cancel_at_period_end: true });
  assertEquals(await param(cancel), "flow_data[subscription_cancel][subscription]");
  await shop.sdk.billingPortal.configurations.update(shop.configuration.id, {
    features: { subscription_cancel: { enabled: false } },
  });
  assertEquals(await param(cancel), "flow_data[type]");
  await shop.sdk.subscriptions.update(shop.subscription.id, { collection_method: "send_invoice", days_until_due: 5 });
  assertEquals(
    await param(confirm({ price: shop.pro.id })),
    "flow_data[subscription_update_confirm][subscription]",
  );
});

Deno.test("the portal cancels and resumes a subscription", async () => {
  await using shop = await openPortal();
  const { url } = await shop.open();
  const page = await visit(url);
  assert(isAccessible({ ...page, html: page.html.replace(/<input type="hidden"[^>]*>/g, "") }));
  for (const part of ["Starter", "Cancel the subscription", RETURN]) assertStringIncludes(page.html, part);
  const types = await shop.eventsOf(() => send(url, { action: "cancel", subscription: shop.subscription.id }));
  assertEquals(types, ["customer.subscription.updated"]);
  assertEquals((await shop.current()).cancel_at_period_end, true);
  assertStringIncludes((await visit(url)).html, "Keep the subscription");
  await send(url, { action: "resume", subscription: shop.subscription.id });
  const { cancel_at, cancel_at_period_end } = await shop.current();
  assertEquals([cancel_at, cancel_at_period_end], [null, false]);
});

Deno.test("a portal page answers 404 to an unknown address, and never acts on another customer's subscription", async () => {
  await using shop = await openPortal();
  assertEquals((await visit(`${shop.url}/p/session/test_none`)).status, 404);
  const other = await shop.sdk.customers.create({});
  const { url } = await shop.open({ customer: other.id });
  assertEquals((await send(url, { action: "cancel", subscription: shop.subscription.id })).status, 400);
  assertEquals((await shop.current()).cancel_at, null);
});

Deno.test("the previewed amount of a change is the amount that the portal charges", async () => {
  for (const change of ["pro", "quantity", "year"]) {
    await using shop = await openPortal();
    const year = await shop.priceOf(9_000, "year");
    await shop.sdk.billingPortal.configurations.update(shop.configuration.id, {
      features: {
        subscription_update: {
          enabled: true,
          default_allowed_updates: ["price", "quantity"],
          products: [
            { product: shop.product.id, prices: [shop.price.id, year.id] },
            { product: shop.pro.product as string, prices: [shop.pro.id] },
          ],
          proration_behavior: "always_invoice",
        },
      },
    });
    await shop.advanceDays(10);
    const item = change === "quantity"
      ? { id: shop.item, quantity: 3 }
      : { id: shop.item, price: change === "pro" ? shop.pro.id : year.id };
    const events = await shop.eventsOf(async () => {
      await shop.sdk.invoices.createPreview({
        subscription: shop.subscription.id,
        subscription_details: { items: [item], proration_behavior: "always_invoice" },
      });
    });
    assertEquals(events, [], change);
    const preview = await shop.sdk.invoices.createPreview({
      subscription: shop.subscription.id,
      subscription_details: { items: [item], proration_behavior: "always_invoice" },
    });
    assertEquals((await shop.sdk.invoices.list()).data.length, 1);
    const { url, flow } = await shop.open({
      flow_data: {
        type: "subscription_update_confirm",
        after_completion: { type: "redirect", redirect: { return_url: `${RETURN}?done` } },
        subscription_update_confirm: { subscription: shop.subscription.id, items: [item] },
      },
    });
    assertEquals(flow!.subscription_update_confirm!.items[0]!.id, shop.item);
    const page = await visit(url);
    assertStringIncludes(page.html, (preview.amount_due / 100).toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ","));
    const hidden = Object.fromEntries(
      [...page.html.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name!, value!]),
    );
    assertEquals((await send(url, { action: "confirm", ...hidden })).location, `${RETURN}?done`);
    const { latest_invoice } = await shop.sdk.subscriptions.retrieve(shop.subscription.id, {
      expand: ["latest_invoice"],
    });
    const { amount_paid, total, status } = latest_invoice as { amount_paid: number; total: number; status: string };
    assertEquals([amount_paid, total, status], [preview.amount_due, preview.total, "paid"], change);
    assertEquals((await visit(url)).status, 400, change);
  }
});

Deno.test("a preview without a charge is the next invoice, and equals the renewal", async () => {
  await using shop = await openPortal();
  await shop.advanceDays(10);
  const items = [{ id: shop.item, price: shop.pro.id }];
  const preview = await shop.sdk.invoices.createPreview({
    subscription: shop.subscription.id,
    subscription_details: { items, proration_behavior: "create_prorations" },
  });
  await shop.sdk.subscriptions.update(shop.subscription.id, { items, proration_behavior: "create_prorations" });
  await shop.advanceDays(23);
  const [renewal] = (await shop.sdk.invoices.list({ limit: 1 })).data;
  assertEquals([renewal!.amount_paid, renewal!.lines.data.length], [preview.amount_due, preview.lines.data.length]);
  const foreign = await shop.post(
    "/v1/invoices/create_preview",
    `subscription=${shop.subscription.id}&customer=cus_none`,
  );
  assertEquals(foreign.body.error.param, "subscription");
});

Deno.test("the portal shows the card that is saved, what a flow is about, and the way back from a preview", async () => {
  await using shop = await openPortal();
  const { url } = await shop.open();
  await send(url, { action: "payment_method", method: "declined_later" });
  assertStringIncludes((await visit(url)).html, "Default payment method: visa ending in 0341");
  const flow = await shop.open({
    flow_data: { type: "subscription_cancel", subscription_cancel: { subscription: shop.subscription.id } },
  });
  for (const part of ["<h2>Starter</h2>", "Renews on"]) assertStringIncludes((await visit(flow.url)).html, part);
  const preview = await visit(`${url}?action=preview&subscription=${shop.subscription.id}&quantity=2`);
  assertStringIncludes(preview.html, `href="${new URL(url).pathname}"`);
});

Deno.test("a portal that does not cancel does not resume either", async () => {
  await using shop = await openPortal();
  await shop.sdk.billingPortal.configurations.update(shop.configuration.id, {
    features: { subscription_cancel: { enabled: false } },
  });
  await shop.sdk.subscriptions.update(shop.subscription.id, { cancel_at_period_end: true });
  const { url } = await shop.open();
  assertEquals((await send(url, { action: "resume", subscription: shop.subscription.id })).status, 400);
  assertEquals((await shop.current()).cancel_at_period_end, true);
});

Deno.test("the portal changes nothing when the payment of a change is declined", async () => {
  await using shop = await openPortal();
  const { url } = await shop.open();
  await send(url, { action: "payment_method", method: "declined_later" });
  const change = { subscription: shop.subscription.id, price: shop.pro.id, quantity: "1" };
  const page = await send(url, { action: "confirm", ...change });
  assertEquals(page.status, 402);
  assertStringIncludes(page.html, 'role="alert"');
  assertEquals((await shop.current()).items.data[0]!.price.id, shop.price.id);
  await send(url, { action: "payment_method", method: "visa" });
  await send(url, { action: "confirm", ...change });
  assertEquals((await shop.current()).items.data[0]!.price.id, shop.pro.id);
});

Deno.test("the portal refuses a plan that its configuration does not offer", async () => {
  await using shop = await openPortal();
  const secret = await shop.priceOf(1);
  const { url } = await shop.open();
  const page = await send(url, { action: "confirm", subscription: shop.subscription.id, price: secret.id });
  assertEquals(page.status, 400);
  assertEquals((await send(url, { action: "confirm", subscription: shop.subscription.id, quantity: "0" })).status, 400);
  assertEquals((await shop.current()).items.data[0]!.price.id, shop.price.id);
});
