import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

async function openWithCustomers(count: number) {
  const account = openAccount();
  const ids: string[] = [];
  for (let number = 0; number < count; number++) {
    const { body } = await account.post(
      "/v1/customers",
      `metadata[parity]=${number % 2}&email=c${number % 2}@example.com`,
    );
    ids.unshift(body.id);
  }
  return Object.assign(account, { ids });
}
const idsOf = (page: { data: { id: string }[] }) => page.data.map(({ id }) => id);

Deno.test("a list without parameters has the ten newest objects and its URL", async () => {
  await using account = await openWithCustomers(12);
  const { body } = await account.get("/v1/customers");
  assertEquals(idsOf(body), account.ids.slice(0, 10));
  assertEquals([body.object, body.has_more, body.url], ["list", true, "/v1/customers"]);
  assertEquals(Object.keys(body).sort(), ["data", "has_more", "object", "url"]);
});

Deno.test("cursors page to both ends of a list", async () => {
  await using account = await openWithCustomers(7);
  const { ids } = account;
  const after = (await account.get(`/v1/customers?limit=3&starting_after=${ids[2]}`)).body;
  assertEquals([idsOf(after), after.has_more], [ids.slice(3, 6), true]);
  const last = (await account.get(`/v1/customers?limit=3&starting_after=${ids[3]}`)).body;
  assertEquals([idsOf(last), last.has_more], [ids.slice(4), false]);
  const before = (await account.get(`/v1/customers?limit=3&ending_before=${ids[4]}`)).body;
  assertEquals([idsOf(before), before.has_more], [ids.slice(1, 4), true]);
  const first = (await account.get(`/v1/customers?limit=3&ending_before=${ids[2]}`)).body;
  assertEquals([idsOf(first), first.has_more], [ids.slice(0, 2), false]);
});

Deno.test("the SDK's paging returns every object once, in both directions", async () => {
  await using account = await openWithCustomers(23);
  const forwards = await account.sdk.customers.list({ limit: 5 }).autoPagingToArray({ limit: 100 });
  assertEquals(forwards.map(({ id }) => id), account.ids);
  const oldest = account.ids.at(-1)!;
  const backwards = await account.sdk.customers.list({ limit: 5, ending_before: oldest }).autoPagingToArray({
    limit: 100,
  });
  assertEquals(backwards.map(({ id }) => id), account.ids.slice(0, -1).toReversed());
});

Deno.test("a filtered list has full pages", async () => {
  await using account = await openWithCustomers(9);
  const { body } = await account.get("/v1/customers?email=c0@example.com&limit=4");
  assertEquals([body.data.length, body.has_more], [4, true]);
  const rest = await account.get(`/v1/customers?email=c0@example.com&limit=4&starting_after=${body.data[3].id}`);
  assertEquals([rest.body.data.length, rest.body.has_more], [1, false]);
});

Deno.test("a page after creations and deletions neither repeats nor skips an object", async () => {
  await using account = await openWithCustomers(6);
  const { ids } = account;
  await account.get("/v1/customers?limit=3");
  await account.post("/v1/customers");
  await account.call("DELETE", `/v1/customers/${ids[2]}`);
  const next = await account.get(`/v1/customers?limit=3&starting_after=${ids[2]}`);
  assertEquals(idsOf(next.body), ids.slice(3));
});

Deno.test("an unknown cursor and two cursors answer 400", async () => {
  await using account = await openWithCustomers(2);
  const unknown = await account.get("/v1/customers?starting_after=cus_none");
  assertEquals([unknown.status, unknown.body.error.message], [400, "No such customer: 'cus_none'"]);
  assertEquals(unknown.body.error.param, "starting_after");
  const both = await account.get(`/v1/customers?starting_after=${account.ids[0]}&ending_before=${account.ids[1]}`);
  assertEquals(both.status, 400);
});
