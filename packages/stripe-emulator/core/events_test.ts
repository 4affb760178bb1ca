import { emptyState } from "../mod.ts";
import { openAccount } from "../testing/account.ts";
import { assert, assertEquals, assertMatch } from "../testing/assert.ts";

/** The account's events, oldest first. */
async function eventsOf(account: ReturnType<typeof openAccount>) {
  const { body } = await account.get("/v1/events?limit=100");
  return body.data.toReversed();
}

Deno.test("a write emits an event in Stripe's envelope", async () => {
  await using account = openAccount();
  const { body: customer, headers } = await account.post("/v1/customers", "name=Ada", { "idempotency-key": "k" });
  const [{ id, ...event }] = await eventsOf(account);
  assertMatch(id, /^evt_\w{20,}$/);
  assertEquals(event, {
    object: "event",
    api_version: "2026-10-28.endive",
    created: account.clock.now / 1_000,
    data: { object: customer },
    livemode: false,
    pending_webhooks: 0,
    request: { id: headers.get("request-id"), idempotency_key: "k" },
    type: "customer.created",
  });
});

Deno.test("an update emits previous_attributes, and an update without a change emits no event", async () => {
  await using account = openAccount();
  const { body } = await account.post("/v1/customers", "name=A&metadata[kept]=1&metadata[changed]=1&metadata[gone]=1");
  const path = `/v1/customers/${body.id}`;
  await account.post(
    path,
    "name=B&metadata[changed]=2&metadata[gone]=&metadata[new]=1&address[city]=Rome&preferred_locales[]=it",
  );
  await account.post(path, "name=B&metadata[new]=1");
  const [, updated, ...others] = await eventsOf(account);
  assertEquals(others, []);
  assertEquals([updated.type, updated.data.object.name], ["customer.updated", "B"]);
  assertEquals(updated.data.previous_attributes, {
    address: null,
    metadata: { changed: "1", gone: "1", new: null },
    name: "A",
    preferred_locales: [],
  });
});

Deno.test("a deletion emits the object before its deletion", async () => {
  await using account = openAccount();
  const { body: customer } = await account.post("/v1/customers", "name=A");
  await account.call("DELETE", `/v1/customers/${customer.id}`);
  const [, deleted] = await eventsOf(account);
  assertEquals([deleted.type, deleted.data], ["customer.deleted", { object: customer }]);
});

Deno.test("one request with several writes emits their events in order", async () => {
  await using account = openAccount();
  const { body, headers } = await account.post(
    "/v1/products",
    "name=A&default_price_data[currency]=usd&default_price_data[unit_amount]=100",
  );
  const events = await eventsOf(account);
  assertEquals(events.map(({ type }: { type: string }) => type), [
    "product.created",
    "price.created",
    "product.updated",
  ]);
  assertEquals(events[2].data.previous_attributes, { default_price: null });
  assertEquals(events[0].data.object.default_price, null);
  assertEquals(events[1].data.object.id, body.default_price);
  assert(events.every(({ request }: any) => request.id === headers.get("request-id")));
});

Deno.test("an event has no field that needs expand", async () => {
  await using account = openAccount();
  await account.post("/v1/products", "id=prod_a&name=A");
  await account.post("/v1/prices", "product=prod_a&currency=usd&unit_amount=1&currency_options[eur][unit_amount]=2");
  const [, { data }] = await eventsOf(account);
  assertEquals(["currency_options" in data.object, "tiers" in data.object], [false, false]);
});

Deno.test("a refused, failed or replayed request emits no event", async () => {
  await using account = openAccount();
  await account.post("/v1/customers", "bogus=1");
  await account.control("faults", { kind: "500", method: "POST" });
  await account.post("/v1/customers", "name=A");
  assertEquals(await eventsOf(account), []);
  await account.control("faults", { kind: "500_after", method: "POST" });
  for (let time = 0; time < 2; time++) await account.post("/v1/customers", "name=A", { "idempotency-key": "k" });
  assertEquals((await eventsOf(account)).length, 1);
});

Deno.test("an event stays the same after its object changes", async () => {
  await using account = openAccount();
  const { body } = await account.post("/v1/customers", "name=A&metadata[a]=1");
  const [before] = await eventsOf(account);
  await account.post(`/v1/customers/${body.id}`, "name=B&metadata[a]=2");
  assertEquals((await account.get(`/v1/events/${before.id}`)).body, before);
});

Deno.test("events over 50,000 are dropped, the oldest first", async () => {
  const before = openAccount();
  await before.post("/v1/customers", "name=A");
  const [row] = before.state.events;
  await before[Symbol.asyncDispose]();
  const state = emptyState();
  for (let number = 0; number < 50_000; number++) {
    state.events.push({ ...row!, event: { ...row!.event, id: `evt_${number}` } });
  }
  await using account = openAccount(state);
  assertEquals((await account.get("/v1/events/evt_0")).status, 200);
  await account.post("/v1/customers", "name=B");
  assertEquals((await account.get("/v1/events/evt_0")).status, 404);
  const { body } = await account.get("/v1/events?limit=1&ending_before=evt_1");
  assertEquals([body.data[0].id, body.has_more], ["evt_2", true]);
});

Deno.test("events are kept for 30 days of the account's clock, also over a restart", async () => {
  const before = openAccount();
  await before.post("/v1/customers", "name=A");
  before.clock.now += 20 * 24 * 60 * 60 * 1_000;
  await before.post("/v1/customers", "name=B");
  const [first, second] = await eventsOf(before);
  await before[Symbol.asyncDispose]();

  await using after = openAccount(JSON.parse(JSON.stringify(before.state)));
  after.clock.now = before.clock.now;
  assertEquals(await eventsOf(after), [first, second]);
  after.clock.now += 11 * 24 * 60 * 60 * 1_000;
  assertEquals(await eventsOf(after), [second]);
  assertEquals((await after.get(`/v1/events/${first.id}`)).status, 404);
  await after.post("/v1/customers", "name=C");
  const { body } = await after.get(`/v1/events?ending_before=${second.id}`);
  assertEquals(body.data.map(({ data }: any) => data.object.name), ["C"]);
});
