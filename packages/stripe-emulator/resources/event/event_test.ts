import type Stripe from "stripe";
import { openAccount } from "../../testing/account.ts";
import { assertEquals } from "../../testing/assert.ts";
import { openReceiver, until } from "../../testing/receiver.ts";

/** An account in which five customers were created, a minute apart, and one was updated and deleted. */
async function busyAccount() {
  const account = openAccount();
  for (const name of ["A", "B", "C", "D", "E"]) {
    await account.sdk.customers.create({ name });
    account.clock.now += 60_000;
  }
  const { data: [customer] } = await account.sdk.customers.list();
  await account.sdk.customers.update(customer!.id, { name: "E2" });
  await account.sdk.customers.del(customer!.id);
  return account;
}

const shown = ({ data }: { data: Stripe.Event[] }) =>
  data.map(({ type, data }) => `${(data.object as Stripe.Customer).name} ${type.split(".").at(-1)}`);
const ALL = ["E2 deleted", "E2 updated", "E created", "D created", "C created", "B created", "A created"];

Deno.test("events are listed newest first, and pages follow in both directions", async () => {
  await using account = await busyAccount();
  const { events } = account.sdk;
  assertEquals(shown(await events.list()), ALL);
  const first = await events.list({ limit: 3 });
  assertEquals([shown(first), first.has_more], [ALL.slice(0, 3), true]);
  const second = await events.list({ limit: 3, starting_after: first.data[2]!.id });
  assertEquals([shown(second), second.has_more], [ALL.slice(3, 6), true]);
  assertEquals((await events.list({ limit: 3, starting_after: second.data[2]!.id })).has_more, false);
  assertEquals(shown(await events.list({ limit: 3, ending_before: second.data[0]!.id })), ALL.slice(0, 3));
  assertEquals(shown({ data: await events.list({ limit: 2 }).autoPagingToArray({ limit: 100 }) }), ALL);
});

Deno.test("events are filtered by type, by several types and by a prefix", async () => {
  await using account = await busyAccount();
  const { events } = account.sdk;
  assertEquals(shown(await events.list({ type: "customer.updated" })), ["E2 updated"]);
  assertEquals(shown(await events.list({ types: ["customer.updated", "customer.deleted"] })), ALL.slice(0, 2));
  assertEquals(shown(await events.list({ type: "customer.*" })), ALL);
  assertEquals(shown(await events.list({ type: "product.*" })), []);
  const both = await account.get("/v1/events?type=a.b&types[]=a.b");
  assertEquals([both.status, both.body.error.param], [400, "type"]);
  const many = Array.from({ length: 21 }, (_, index) => `types[]=a.b${index}`).join("&");
  assertEquals((await account.get(`/v1/events?${many}`)).status, 400);
});

Deno.test("events are filtered by the time of creation", async () => {
  await using account = await busyAccount();
  const start = Date.parse("2026-11-24T08:00:00Z") / 1_000;
  const { events } = account.sdk;
  assertEquals(shown(await events.list({ created: start + 60 })), ["B created"]);
  assertEquals(shown(await events.list({ created: { gte: start + 60, lt: start + 180 } })), ["C created", "B created"]);
});

Deno.test("events are filtered by whether every endpoint confirmed them", async () => {
  await using account = openAccount();
  await account.post("/v1/customers", "name=before");
  await using one = await openReceiver(account, ["customer.created"]);
  one.receiver.status = 500;
  await account.control("deliveries", { retry_ms: 60_000 });
  await account.post("/v1/customers", "name=after");
  await until(() => one.received.length === 1);
  const { events } = account.sdk;
  const { data: [pending] } = await events.list({ delivery_success: false });
  assertEquals([(pending!.data.object as Stripe.Customer).name, pending!.pending_webhooks], ["after", 1]);
  assertEquals(shown(await events.list({ delivery_success: true })), ["before created"]);

  one.receiver.status = 200;
  await account.control("deliver", { events: [pending!.id] });
  await until(async () => (await events.retrieve(pending!.id)).pending_webhooks === 0);
  assertEquals(shown(await events.list({ delivery_success: false })), []);
});

Deno.test("an unknown event answers 404, an unknown cursor 400", async () => {
  await using account = openAccount();
  const { status, body } = await account.get("/v1/events/evt_none");
  assertEquals([status, body.error.code, body.error.message], [404, "resource_missing", "No such event: 'evt_none'"]);
  const cursor = await account.get("/v1/events?starting_after=evt_none");
  assertEquals([cursor.status, cursor.body.error.param], [400, "starting_after"]);
});
