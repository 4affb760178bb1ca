/** Known failures of other integrations with events in any order, from the event to what users and functions read. */
import { assert, assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { Customer } from "../_shared/contract/customer.ts";
import { Receipt } from "../_shared/contract/webhook.ts";
import { readAnswer } from "./answers.ts";
import { deliver, makeEvent, type SentEvent } from "./events.ts";
import { assertMirrored, entitlements } from "./mirror_assertions.ts";
import { createTestCatalog, uniqueName } from "./test_catalog.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const DAY = 24 * 60 * 60;
const later = { collection_method: "send_invoice", days_until_due: 7 } as const;

/** Delivers the events in this order. Each must be processed. */
async function deliverAll(stack: Stack, events: SentEvent[]): Promise<void> {
  for (const event of events) {
    assertEquals((await readAnswer(await deliver(stack, event), 200, Receipt)).outcome, "processed", event.type);
  }
}

Deno.test("The mirror, after events in any order", async (t) => {
  await using stack = await startStack();
  const { stripe, sql } = stack;
  const mirroredProduct = (object_id: string) => assertMirrored(stack, [{ object: "product", object_id }]);

  await t.step("keeps a deletion that is delivered before the creation and an update", async () => {
    const before = await stripe.products.create({ name: uniqueName() });
    const after = await stripe.products.update(before.id, { name: uniqueName() });
    const gone = await stripe.products.del(before.id);
    await deliverAll(stack, [
      makeEvent("product.deleted", gone),
      makeEvent("product.created", before),
      makeEvent("product.updated", after),
    ]);
    await mirroredProduct(before.id);
    const [row] = await sql`select deleted from stripe_products where id = ${before.id}`;
    assertEquals(row?.deleted, true);
  });

  await t.step("keeps the newest state after late updates", async () => {
    const first = await stripe.products.create({ name: "First" });
    const second = await stripe.products.update(first.id, { name: "Second" });
    const third = await stripe.products.update(first.id, { name: "Third" });
    await deliverAll(stack, [
      makeEvent("product.updated", third),
      makeEvent("product.updated", second),
      makeEvent("product.created", first),
    ]);
    await mirroredProduct(first.id);
  });

  await t.step("has the last state after two events of one second, in either order and concurrently", async () => {
    const created = Math.floor(Date.now() / 1_000);
    for (const order of ["in order", "reversed", "concurrently"]) {
      const { id } = await stripe.products.create({ name: "Old" });
      const archived = makeEvent("product.updated", await stripe.products.update(id, { active: false }), { created });
      const renamed = makeEvent("product.updated", await stripe.products.update(id, { name: order }), { created });
      if (order === "concurrently") await Promise.all([archived, renamed].map((event) => deliverAll(stack, [event])));
      else await deliverAll(stack, order === "in order" ? [archived, renamed] : [renamed, archived]);
      await mirroredProduct(id);
      const [row] = await sql`select name, active from stripe_products where id = ${id}`;
      assertEquals({ ...row }, { name: order, active: false });
    }
  });

  await t.step(
    "has a price before its product, and keeps archived prices of subscriptions",
    async () => {
      const product = await stripe.products.create({ name: uniqueName() });
      const params = {
        product: product.id,
        currency: "usd",
        unit_amount: 900,
        recurring: { interval: "month" },
      } as const;
      const price = await stripe.prices.create(params);
      await deliverAll(stack, [makeEvent("price.created", price)]);
      await assertMirrored(stack, [{ object: "price", object_id: price.id }]);
      assertEquals((await sql`select from stripe_products where id = ${product.id}`).length, 0);

      const { id: customer } = await stripe.customers.create();
      const subscription = await stripe.subscriptions.create({ customer, items: [{ price: price.id }], ...later });
      await stripe.prices.update(price.id, { active: false });
      await stripe.products.update(product.id, { active: false });
      await deliverAll(stack, [
        makeEvent("customer.subscription.created", subscription),
        makeEvent("product.updated", product),
        makeEvent("price.updated", price),
      ]);
      const [bought] = await sql`
      select product.active as product, price.active as price
      from stripe_subscription_items as item
      join stripe_products as product on product.id = item.product
      join stripe_prices as price on price.id = item.price
      where item.subscription = ${subscription.id}`;
      assertEquals({ ...bought }, { product: false, price: false });
    },
  );
});

Deno.test("Mirrored purchases", async (t) => {
  await using stack = await startStack();
  const { stripe, sql } = stack;
  const catalog = await createTestCatalog(stack);
  const subscribe = async (items: { price: string }[]) =>
    await stripe.subscriptions.create({ customer: (await stripe.customers.create()).id, items, ...later });
  const sendUpdated = (subscription: Stripe.Subscription) =>
    deliverAll(stack, [makeEvent("customer.subscription.updated", subscription)]);
  const items = (id: string) =>
    sql`select id, price, current_period_end from stripe_subscription_items where subscription = ${id} order by id`;

  await t.step(
    "have the period end of the items, or of the subscription in older API versions",
    async () => {
      const subscription = await subscribe([{ price: catalog.prices[0]! }]);
      await sendUpdated(subscription);
      const [item] = subscription.items.data;
      const end = item!.current_period_end;
      const shown = [{ id: item!.id, price: catalog.prices[0]!, current_period_end: String(end) }];
      assertEquals([...await items(subscription.id)], shown);

      const { current_period_end: _, current_period_start: __, ...bare } = item!;
      const old = { ...subscription, current_period_end: end, items: { ...subscription.items, data: [bare] } };
      await stack.confirmTestKey();
      await sql`select record_objects(nextval('billing.tickets'), ${sql.json([old as never])}, 'test_1')`;
      assertEquals([...await items(subscription.id)], shown);
      const [row] = await sql`select current_period_end from stripe_subscriptions where id = ${subscription.id}`;
      assertEquals(row?.current_period_end, String(end));
    },
  );

  await t.step("have a cancellation by cancel_at as well as by cancel_at_period_end", async () => {
    const { id } = await subscribe([{ price: catalog.prices[0]! }]);
    const row = async () => ({
      ...(await sql`select cancel_at, cancel_at_period_end, status from stripe_subscriptions where id = ${id}`)[0],
    });
    const cancel_at = Math.floor(Date.now() / 1_000) + 10 * DAY;
    await sendUpdated(await stripe.subscriptions.update(id, { cancel_at }));
    assertEquals(await row(), { cancel_at: String(cancel_at), cancel_at_period_end: false, status: "active" });

    await sendUpdated(await stripe.subscriptions.update(id, { cancel_at: "" }));
    assertEquals(await row(), { cancel_at: null, cancel_at_period_end: false, status: "active" });
    const { cancel_at: end } = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
    await sendUpdated(await stripe.subscriptions.retrieve(id));
    assertEquals(await row(), { cancel_at: String(end), cancel_at_period_end: true, status: "active" });
  });

  await t.step("have all twenty items, although Stripe includes ten", async () => {
    const prices = await Promise.all(Array.from({ length: 20 }, async () => {
      const { id: product } = await stripe.products.create({ name: uniqueName() });
      return await stripe.prices.create({ product, currency: "usd", unit_amount: 5, recurring: { interval: "month" } });
    }));
    const subscription = await subscribe(prices.map(({ id }) => ({ price: id })));
    assertEquals([subscription.items.data.length, subscription.items.has_more], [10, true]);
    await sendUpdated(subscription);
    const held = await items(subscription.id);
    assertEquals(held.map(({ price }) => price).sort(), prices.map(({ id }) => id).sort());

    await stripe.subscriptionItems.del(held[0]!.id);
    await sendUpdated(subscription);
    assertEquals((await items(subscription.id)).map(({ id }) => id), held.slice(1).map(({ id }) => id));
    await assertMirrored(stack, [{ object: "subscription", object_id: subscription.id }]);
  });

  await t.step("have every page of entitlements, without those that have ended", async () => {
    const { id: product } = await stripe.products.create({ name: uniqueName() });
    const keys = Array.from({ length: 120 }, (_, n) => `feature_${String(n).padStart(3, "0")}`);
    for (const lookup_key of keys) {
      const { id } = await stripe.entitlements.features.create({ name: lookup_key, lookup_key });
      await stripe.products.createFeature(product, { entitlement_feature: id });
    }
    const params = { product, currency: "usd", unit_amount: 5, recurring: { interval: "month" } } as const;
    const { id: price } = await stripe.prices.create(params);
    const all = await subscribe([{ price }]);
    const customer = all.customer as string;
    const one = await stripe.subscriptions.create({ customer, items: [{ price: catalog.prices[0]! }], ...later });

    // The event itself includes only ten.
    const sendSummary = () =>
      deliverAll(stack, [makeEvent(`${entitlements}.updated`, { object: entitlements, customer })]);
    const held = async () =>
      (await sql`select lookup_keys from stripe_entitlements where id = ${customer}`)[0]?.lookup_keys;
    await sendSummary();
    assertEquals((await held()).sort(), [...keys, catalog.features[0]!].sort());
    await stripe.subscriptions.cancel(all.id);
    await sendSummary();
    assertEquals(await held(), [catalog.features[0]!]);
    await stripe.subscriptions.cancel(one.id);
    await sendSummary();
    assertEquals(await held(), []);
  });
});

Deno.test("Events that Stripe sends", async (t) => {
  await using stack = await startStack({}, { webhook: true });
  const { stripe, sql } = stack;
  const catalog = await createTestCatalog(stack);

  await t.step("the deletion of a customer ends its mapping, and the next call creates another", async () => {
    const create = async (status: number) => {
      const response = await stack.call("stripe-customer", { method: "POST", token: await stack.signIn("grace") });
      return (await readAnswer(response, status, Customer)).customer_id;
    };
    const first = await create(201);
    await stripe.customers.del(first);
    await until(async () =>
      (await sql`select from stripe_customer_mapping where stripe_customer_id is null`).length === 1
    );
    const second = await create(201);
    assert(second !== first);
    assertEquals(await create(200), second);
    const [row] = await sql`select deleted from stripe_customers where id = ${first}`;
    assertEquals(row?.deleted, true);
  });

  await t.step("a purchase is readable by its user, entitles, renews and ends", async () => {
    const token = await stack.signIn("ada");
    const response = await stack.call("stripe-customer", { method: "POST", token });
    const { customer_id: customer } = await readAnswer(response, 201, Customer);
    const params = { default_payment_method: "pm_card_visa", items: [{ price: catalog.prices[0]! }] };
    const { id } = await stripe.subscriptions.create({ customer, ...params });

    const ada = stack.client(token);
    const entitled = async () => (await ada.rpc("has_entitlement", { lookup_key: catalog.features[0]! })).data;
    const periodEnd = async () =>
      (await ada.from("stripe_subscription_items").select("current_period_end")).data?.[0]?.current_period_end;
    const statuses = async (table: string) =>
      (await ada.from(table).select("status")).data?.map(({ status }) => status);
    await until(async () => await entitled() === true && (await statuses("stripe_invoices"))?.[0] === "paid");
    await until(async () => (await statuses("stripe_subscriptions"))?.[0] === "active");
    const first = await until(async () => await periodEnd() ?? undefined);

    await stack.advanceClock(32 * DAY);
    await until(async () => await periodEnd() > first);
    await until(async () => (await statuses("stripe_invoices"))?.join() === "paid,paid");
    await stripe.subscriptions.cancel(id);
    await until(async () => (await statuses("stripe_subscriptions"))?.[0] === "canceled" && await entitled() === false);
    const invoices = await stripe.invoices.list({ customer });
    await assertMirrored(stack, [
      { object: "subscription", object_id: id },
      { object: "customer", object_id: customer },
      { object: entitlements, object_id: customer },
      ...invoices.data.map(({ id }) => ({ object: "invoice", object_id: id! }) as const),
    ]);
  });
});
