import { openAccount } from "../testing/account.ts";
import { assertEquals, assertNotEquals, assertStringIncludes } from "../testing/assert.ts";

const key = (name: string) => ({ "idempotency-key": name });
const DAY = 24 * 60 * 60 * 1_000;

Deno.test("an idempotency key replays the first answer in any order of the parameters", async () => {
  await using account = openAccount();
  const first = await account.post("/v1/customers", "name=A&email=a@example.com", key("k"));
  const second = await account.post("/v1/customers", "email=a@example.com&name=A", key("k"));
  assertEquals(second.body, first.body);
  assertEquals([first.headers.get("idempotent-replayed"), second.headers.get("idempotent-replayed")], [null, "true"]);
  assertEquals(second.headers.get("original-request"), first.headers.get("request-id"));
  assertEquals(second.headers.get("idempotency-key"), "k");
  assertEquals((await account.get("/v1/customers")).body.data.length, 1);
});

Deno.test("a replay shows the object of the first answer after its deletion", async () => {
  await using account = openAccount();
  const { body } = await account.post("/v1/customers", "name=A", key("k"));
  await account.call("DELETE", `/v1/customers/${body.id}`);
  assertEquals((await account.post("/v1/customers", "name=A", key("k"))).body, body);
});

Deno.test("an idempotency key with other parameters or on another endpoint answers 400 idempotency_error", async () => {
  await using account = openAccount();
  const { body } = await account.post("/v1/customers", "name=A", key("k"));
  for (
    const [path, form, about] of [["/v1/customers", "name=B", "parameters"], [
      `/v1/customers/${body.id}`,
      "name=A",
      "endpoint",
    ]]
  ) {
    const refused = await account.post(path!, form, key("k"));
    assertEquals([refused.status, refused.body.error.type], [400, "idempotency_error"]);
    assertStringIncludes(refused.body.error.message, `same ${about} they were first used`);
  }
  assertEquals((await account.get("/v1/customers")).body.data[0].name, "A");
});

Deno.test("an idempotency key whose request is in progress answers 409", async () => {
  await using account = openAccount();
  await account.control("faults", { path: "/v1/customers", latency_ms: 1_000 });
  const first = account.post("/v1/customers", "name=A", key("k"));
  while ((await account.get("/_local/requests")).body.length === 0);
  const second = await account.post("/v1/customers", "name=A", key("k"));
  assertEquals([second.status, second.body.error.code], [409, "idempotency_key_in_use"]);
  assertEquals(second.headers.get("stripe-should-retry"), "true");
  assertEquals((await first).status, 200);
  assertEquals((await account.post("/v1/customers", "name=A", key("k"))).body, (await first).body);
});

Deno.test("an idempotency key keeps an execution error, and no parameter error", async () => {
  await using account = openAccount();
  const missing = "currency=usd&unit_amount=1&product=prod_a";
  assertEquals((await account.post("/v1/prices", missing, key("executed"))).status, 400);
  assertEquals((await account.post("/v1/prices", "bogus=1", key("refused"))).status, 400);
  await account.post("/v1/products", "id=prod_a&name=A");
  const replayed = await account.post("/v1/prices", missing, key("executed"));
  assertEquals([replayed.status, replayed.headers.get("idempotent-replayed")], [400, "true"]);
  assertEquals((await account.post("/v1/prices", missing, key("refused"))).status, 200);
});

Deno.test("an idempotency key expires after a day, or on request", async () => {
  await using account = openAccount();
  const create = async () => (await account.post("/v1/customers", "name=A", key("k"))).body.id;
  const first = await create();
  account.clock.now += DAY - 1;
  assertEquals(await create(), first);
  account.clock.now += 1;
  const second = await create();
  assertNotEquals(second, first);
  await account.control("forget_idempotency_keys");
  assertNotEquals(await create(), second);
});

Deno.test("idempotency keys survive a restart", async () => {
  const before = openAccount();
  const { body } = await before.post("/v1/customers", "name=A", key("k"));
  await before[Symbol.asyncDispose]();
  await using after = openAccount(JSON.parse(JSON.stringify(before.state)));
  assertEquals((await after.post("/v1/customers", "name=A", key("k"))).body, body);
  assertEquals((await after.get(`/v1/customers/${body.id}`)).body, body);
});

Deno.test("an idempotency key of more than 255 characters is refused", async () => {
  await using account = openAccount();
  assertEquals((await account.post("/v1/customers", "", key("k".repeat(255)))).status, 200);
  assertEquals((await account.post("/v1/customers", "", key("k".repeat(256)))).status, 400);
});
