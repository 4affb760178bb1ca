import { openAccount } from "../testing/account.ts";
import { assertEquals, assertMatch } from "../testing/assert.ts";
import { openReceiver, settled, until } from "../testing/receiver.ts";

/** An account with one confirmed event, `customer.created`. */
async function openNotified() {
  const account = openAccount();
  const endpoint = await openReceiver(account);
  await account.post("/v1/customers", "name=Ada", { "idempotency-key": "k" });
  await until(() => endpoint.received.length === 1);
  await settled(account);
  const [created] = endpoint.received.splice(0);
  const notify = async (body: Record<string, unknown>) => (await account.control("notify", body)).body;
  /** The latest notification, as the SDK verifies and parses it. */
  const parsed = () => {
    const { text, headers } = endpoint.received.at(-1)!;
    return account.sdk.parseEventNotificationAsync(text, headers.get("stripe-signature")!, endpoint.secret);
  };
  return {
    account,
    endpoint,
    event: created!.event,
    notify,
    parsed,
    async [Symbol.asyncDispose]() {
      await account[Symbol.asyncDispose]();
      await endpoint[Symbol.asyncDispose]();
    },
  };
}

Deno.test("a thin event names its type, its object and its snapshot, and the SDK fetches the object", async () => {
  await using notified = await openNotified();
  const { event, endpoint } = notified;
  assertEquals(await notified.notify({ kind: "thin", event: event.id }), {
    answers: [{ endpoint: endpoint.id, status: 200 }],
  });
  const { id, ...thin } = JSON.parse(endpoint.received[0]!.text);
  const customer = event.data.object as { id: string };
  assertMatch(id, /^evt_test_65\w+$/);
  assertEquals(thin, {
    object: "v2.core.event",
    context: null,
    created: "2026-11-24T08:00:00.000Z",
    livemode: false,
    type: "v1.customer.created",
    reason: { type: "request", request: event.request },
    related_object: { id: customer.id, type: "customer", url: `/v1/customers/${customer.id}` },
    snapshot_event: event.id,
  });
  const notification = await notified.parsed();
  assertEquals(notification.type, "v1.customer.created");
  if (notification.type !== "v1.customer.created") return;
  assertEquals((await notification.fetchRelatedObject()).id, customer.id);
});

Deno.test("the path of a thin event's object can be read, for every kind that has events", async () => {
  await using notified = await openNotified();
  const { account, endpoint } = notified;
  const product = await account.sdk.products.create({
    name: "A",
    default_price_data: { currency: "usd", unit_amount: 1 },
  });
  const customer = (notified.event.data.object as { id: string }).id;
  await account.sdk.coupons.create({ percent_off: 10 });
  await account.sdk.testHelpers.testClocks.create({ frozen_time: 1_800_000_000 });
  await account.sdk.invoiceItems.create({ customer, amount: 1, currency: "usd" });
  await account.sdk.invoices.create({ customer });
  await account.sdk.checkout.sessions.expire(
    (await account.sdk.checkout.sessions.create({
      mode: "payment",
      success_url: "http://localhost/",
      line_items: [{ price: product.default_price as string }],
    })).id,
  );
  await settled(account);
  const kinds = new Set<string>();
  for (const { id } of (await account.sdk.events.list({ limit: 100 })).data) {
    await notified.notify({ kind: "thin", event: id });
    const { related_object: related } = JSON.parse(endpoint.received.at(-1)!.text);
    assertEquals((await account.get(related.url)).body.object, related.type);
    kinds.add(related.type);
  }
  assertEquals([...kinds].sort(), [
    "checkout.session",
    "coupon",
    "customer",
    "invoice",
    "invoiceitem",
    "price",
    "product",
    "test_helpers.test_clock",
  ]);
});

Deno.test("a destination's ping is signed, and the SDK knows its type", async () => {
  await using notified = await openNotified();
  notified.endpoint.receiver.status = 400;
  assertEquals((await notified.notify({ kind: "ping", context: "acct_other" })).answers[0].status, 400);
  const notification = await notified.parsed();
  assertEquals(notification.type, "v2.core.event_destination.ping");
  assertEquals(String(notification.context), "acct_other");
});

Deno.test("an event of another account says so by `account` or by `context`", async () => {
  await using notified = await openNotified();
  const { event, endpoint } = notified;
  for (const fields of [{ account: "acct_other" }, { context: "acct_other" }, {}]) {
    await notified.notify({ kind: "snapshot", event: event.id, ...fields });
    const { text, headers } = endpoint.received.at(-1)!;
    const parsed = await notified.account.sdk.webhooks.constructEventAsync(
      text,
      headers.get("stripe-signature")!,
      endpoint.secret,
    );
    assertEquals({ ...parsed }, { ...event, ...fields, pending_webhooks: 0 });
  }
});

Deno.test("an unknown notification or event is refused, and a closed endpoint has no status", async () => {
  await using notified = await openNotified();
  for (const body of [{}, { kind: "fat" }, { kind: "thin", event: "evt_none" }]) {
    assertEquals((await notified.account.control("notify", body)).status, 400);
  }
  await notified.account.sdk.webhookEndpoints.update(notified.endpoint.id, { url: "http://127.0.0.1:1/" });
  assertEquals((await notified.notify({ kind: "ping" })).answers[0].status, null);
});
