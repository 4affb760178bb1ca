import Stripe from "stripe";
import { emptyState } from "../mod.ts";
import { openAccount } from "../testing/account.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../testing/assert.ts";
import { counts, openReceiver, settled, until } from "../testing/receiver.ts";

type Account = ReturnType<typeof openAccount>;

async function createCustomers(account: Account, ...names: string[]): Promise<void> {
  for (const name of names) await account.post("/v1/customers", `name=${name}`);
}

const latest = async (account: Account) => (await account.sdk.events.list({ limit: 1 })).data[0]!;

Deno.test("a delivery has Stripe's body and headers, and a signature that the SDK accepts", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await createCustomers(account, "Zoë");
  await settled(account);
  const [{ text, headers }] = endpoint.received as [typeof endpoint.received[number]];
  assertEquals(headers.get("content-type"), "application/json; charset=utf-8");
  const signature = headers.get("stripe-signature")!;
  const { webhooks } = account.sdk;
  const event = await webhooks.constructEventAsync(text, signature, endpoint.secret);
  assertEquals([event.type, event.pending_webhooks], ["customer.created", 1]);
  assertEquals((event.data.object as Stripe.Customer).name, "Zoë");
  const { pending_webhooks: _, ...sent } = event;
  const { pending_webhooks, lastResponse: __, ...kept } = await account.sdk.events.retrieve(event.id);
  assertEquals([kept, pending_webhooks], [sent as typeof kept, 0]);
  await assertRejects(() => webhooks.constructEventAsync(text, signature, "whsec_another"));
  await assertRejects(() => webhooks.constructEventAsync(text.replace("Zoë", "Eve"), signature, endpoint.secret));
  assertEquals(await counts(account), { sent: 1, delivered: 1 });
});

Deno.test("an endpoint gets its enabled events in its API version, and none while it is disabled", async () => {
  await using account = openAccount();
  await using all = await openReceiver(account);
  await using some = await openReceiver(account, ["customer.deleted", "product.created"]);
  await using none = await openReceiver(account);
  await account.sdk.webhookEndpoints.update(none.id, { disabled: true });
  await createCustomers(account, "A");
  await account.post("/v1/products", "name=P");
  await settled(account);
  assertEquals(all.types().toSorted(), ["customer.created", "product.created"]);
  assertEquals([some.types(), none.types()], [["product.created"], []]);

  const { body } = await account.post(
    "/v1/webhook_endpoints",
    `url=${all.url}&enabled_events[]=price.created&api_version=2025-01-27.acacia`,
  );
  await account.post("/v1/prices", "currency=usd&unit_amount=1&product_data[name]=P2");
  await settled(account);
  const versions = all.received.filter(({ event }) => event.type === "price.created").map(({ event }) =>
    event.api_version
  );
  assertEquals(versions.toSorted(), ["2025-01-27.acacia", "2026-10-28.endive"]);
  assertEquals(body.api_version, "2025-01-27.acacia");
});

Deno.test("a delivery without a 2xx answer is retried until it has one", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { retry_ms: 1, attempts: 1_000 });
  endpoint.receiver.status = 503;
  await createCustomers(account, "A");
  await until(() => endpoint.received.length === 2);
  assertEquals((await latest(account)).pending_webhooks, 1);
  endpoint.receiver.status = 302;
  await until(() => endpoint.received.length === 4);
  endpoint.receiver.status = 201;
  await settled(account);
  assertEquals((await latest(account)).pending_webhooks, 0);
  assertEquals(new Set(endpoint.received.map(({ event }) => event.id)).size, 1);
  const { sent = 0, retried = 0, failed = 0, delivered } = await counts(account);
  assertEquals([sent, retried, failed, delivered], [endpoint.received.length, sent - 1, sent - 1, 1]);
});

Deno.test("a delivery to a closed port is retried until the receiver listens", async () => {
  await using account = openAccount();
  await account.control("deliveries", { retry_ms: 1, attempts: 1_000 });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await account.post("/v1/webhook_endpoints", `url=http://127.0.0.1:${port}/&enabled_events[]=*`);
  await createCustomers(account, "A");
  await until(async () => ((await counts(account)).failed ?? 0) > 1);
  let received = 0;
  const server = Deno.serve({ port, hostname: "127.0.0.1", onListen: () => {} }, () => new Response(`${++received}`));
  await settled(account);
  assertEquals(received, 1);
  await server.shutdown();
});

Deno.test("a delivery is given up after the last attempt, and can be sent again", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { retry_ms: 1, attempts: 3 });
  endpoint.receiver.status = 500;
  await createCustomers(account, "A");
  await settled(account);
  assertEquals(await counts(account), { sent: 3, failed: 3, retried: 2, given_up: 1 });
  const event = await latest(account);
  assertEquals(event.pending_webhooks, 1);

  endpoint.receiver.status = 200;
  const { body } = await account.control("deliver", { events: [event.id] });
  assertEquals(body, { deliveries: 1 });
  await settled(account);
  assertEquals([(await latest(account)).pending_webhooks, endpoint.received.length], [0, 4]);
  await createCustomers(account, "B");
  assertEquals((await account.control("deliver")).body, { deliveries: 2 });
  assertEquals((await account.control("deliver", { events: ["evt_none"] })).status, 400);
  await settled(account);
});

for (
  const [mode, retries, hours] of [["sandbox", 3, [3, 6]], ["live", 12, [68, 72]]] as const
) {
  Deno.test(`with the retries of ${mode}, a delivery is retried ${retries} times in ${hours[0]} to ${hours[1]} hours`, async () => {
    await using account = openAccount();
    await using endpoint = await openReceiver(account);
    endpoint.receiver.status = 500;
    if (mode === "live") await account.control("deliveries", { retries: mode });
    await createCustomers(account, "A");
    let waited = 0;
    for (let attempt = 1; attempt <= retries; attempt++) {
      await until(async () => (await counts(account)).failed === attempt);
      const [waiting] = Object.values(account.state.deliveries);
      const advance_seconds = Math.ceil((waiting!.due - Date.now()) / 1_000);
      waited += advance_seconds;
      await account.control("clock", { advance_seconds });
    }
    await settled(account);
    const { sent, given_up } = await counts(account);
    assertEquals([sent, given_up], [1 + retries, 1]);
    assert(waited / 3_600 >= hours[0] && waited / 3_600 <= hours[1]);
  });
}

Deno.test("a lost delivery never arrives, and its event stays unconfirmed", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { lost: true });
  await createCustomers(account, "A", "B");
  await settled(account);
  assertEquals(endpoint.names(), ["B"]);
  assertEquals(await counts(account), { sent: 1, delivered: 1, lost: 1 });
  const { data } = await account.sdk.events.list({ delivery_success: false });
  assertEquals(data.map(({ data }) => (data.object as Stripe.Customer).name), ["A"]);
});

Deno.test("a doubled delivery arrives twice, concurrently if the limit allows", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  const { promise, resolve } = Promise.withResolvers<void>();
  endpoint.receiver.waits = promise;
  await account.control("deliveries", { doubled: true, times: 2 });
  await createCustomers(account, "A");
  await until(() => endpoint.received.length === 2);
  resolve();
  await createCustomers(account, "B", "C");
  await until(() => endpoint.received.length === 5);
  await settled(account);
  assertEquals(endpoint.names().toSorted(), ["A", "A", "B", "B", "C"]);
  assertEquals((await counts(account)).doubled, 2);
});

Deno.test("a delayed delivery arrives after later ones", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { delayed_ms: 60_000 });
  await createCustomers(account, "A", "B");
  await until(async () => (await counts(account)).delivered === 1);
  assertEquals(endpoint.names(), ["B"]);
  assertEquals(await counts(account), { sent: 1, delivered: 1, delayed: 1, pending: 1 });
  // On request it is sent without the delay.
  await account.control("deliver");
  await settled(account);
  assertEquals(endpoint.names().slice(1).toSorted(), ["A", "B"]);
});

Deno.test("shuffled deliveries all arrive, in another order", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { shuffled: true, times: 4, concurrent: 1 });
  await createCustomers(account, "A", "B", "C", "D", "E");
  await settled(account);
  const shuffled = endpoint.names().filter((name) => name !== "E");
  assertNotEquals(shuffled, ["A", "B", "C", "D"]);
  assertEquals(shuffled.toSorted(), ["A", "B", "C", "D"]);
  assert((await counts(account)).reordered! >= 2);
});

Deno.test("`concurrent` limits the deliveries in progress", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  const { promise, resolve } = Promise.withResolvers<void>();
  endpoint.receiver.waits = promise;
  await account.control("deliveries", { concurrent: 2 });
  await createCustomers(account, "A", "B", "C", "D");
  await until(() => endpoint.received.length === 2);
  assertEquals(await counts(account), { sent: 2, pending: 4 });
  resolve();
  await settled(account);
  assertEquals(endpoint.received.length, 4);
});

Deno.test("DELETE /_local/deliveries removes faults and counters, and an invalid fault is refused", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { lost: true, times: 9 });
  await createCustomers(account, "A");
  assertEquals((await account.call("DELETE", "/_local/deliveries")).status, 204);
  assertEquals(await counts(account), {});
  await createCustomers(account, "B");
  await settled(account);
  assertEquals(endpoint.names(), ["B"]);
  for (const wrong of [{ lots: true }, { lost: 1 }, { times: 0 }, { retry_ms: "soon" }]) {
    assertEquals((await account.control("deliveries", wrong)).status, 400);
  }
});

Deno.test("pending deliveries are sent after a restart, and dropped by a reset", async () => {
  const before = openAccount();
  await using endpoint = await openReceiver(before);
  endpoint.receiver.status = 500;
  await createCustomers(before, "A");
  await until(async () => (await counts(before)).failed === 1);
  await before[Symbol.asyncDispose]();

  endpoint.receiver.status = 200;
  await using after = openAccount(JSON.parse(JSON.stringify(before.state)));
  assertEquals(endpoint.names(), ["A"]);
  await after.control("clock", { advance_seconds: 30 * 60 });
  await settled(after);
  assertEquals(endpoint.names(), ["A", "A"]);
  assertEquals((await latest(after)).pending_webhooks, 0);

  await after.control("deliveries", { delayed_ms: 60_000 });
  await createCustomers(after, "B");
  assertEquals((await counts(after)).pending, 1);
  await after.control("reset");
  assertEquals([await counts(after), after.state.deliveries], [{}, {}]);
});

Deno.test("pending deliveries over 20,000 are dropped, the oldest first", async () => {
  const state = emptyState();
  const due = Date.now() + 60 * 60 * 1_000;
  for (let number = 0; number < 20_000; number++) {
    state.deliveries[`evt_${number} we`] = { event: `evt_${number}`, endpoint: "we", attempts: 1, due };
  }
  await using account = openAccount(state);
  await using endpoint = await openReceiver(account);
  await createCustomers(account, "A");
  await until(() => endpoint.received.length === 1);
  assertEquals(["evt_0 we" in state.deliveries, "evt_1 we" in state.deliveries], [false, true]);
  assertEquals((await counts(account)).dropped, 1);
});

Deno.test("a deleted endpoint gets no delivery, and no event stays unconfirmed because of it", async () => {
  await using account = openAccount();
  await using endpoint = await openReceiver(account);
  await account.control("deliveries", { delayed_ms: 1 });
  await createCustomers(account, "A");
  await account.sdk.webhookEndpoints.del(endpoint.id);
  await settled(account);
  const arrived = endpoint.received.length;
  await createCustomers(account, "B");
  assertEquals([endpoint.received.length, (await latest(account)).pending_webhooks], [arrived, 0]);
});
