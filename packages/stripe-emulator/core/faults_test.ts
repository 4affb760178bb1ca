import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

const key = { "idempotency-key": "k" };
const count = async (account: ReturnType<typeof openAccount>) => (await account.get("/v1/customers")).body.data.length;

Deno.test("a 429 fault has no effect, stores no answer and sends Retry-After", async () => {
  await using account = openAccount();
  await account.control("faults", { method: "POST", path: "/v1/customers", kind: "429", retry_after: 7 });
  const limited = await account.post("/v1/customers", "", key);
  assertEquals([limited.status, limited.headers.get("retry-after")], [429, "7"]);
  assertEquals(limited.body.error.code, "rate_limit");
  assertEquals(await count(account), 0);
  assertEquals((await account.post("/v1/customers", "", key)).status, 200);
});

Deno.test("a 500 fault before the effect is stored under the idempotency key", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "500" });
  assertEquals((await account.post("/v1/customers", "", key)).status, 500);
  const replayed = await account.post("/v1/customers", "", key);
  assertEquals([replayed.status, replayed.headers.get("idempotent-replayed")], [500, "true"]);
  assertEquals(replayed.body.error.type, "api_error");
  assertEquals(await count(account), 0);
});

Deno.test("a 500 fault after the effect is stored under the idempotency key, and the effect stays", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "500_after" });
  assertEquals((await account.post("/v1/customers", "", key)).status, 500);
  assertEquals((await account.post("/v1/customers", "", key)).status, 500);
  assertEquals(await count(account), 1);
});

Deno.test("a connection dropped before the effect throws StripeConnectionError and has no effect", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "drop", path: "/v1/customers" });
  const error = await account.sdk.customers.create({}, { idempotencyKey: "k" }).catch((thrown) => thrown);
  assertEquals(error.type, "StripeConnectionError");
  assertEquals(await count(account), 0);
  assertEquals((await account.sdk.customers.create({}, { idempotencyKey: "k" })).object, "customer");
});

Deno.test("a connection dropped after the effect stores the real answer under the idempotency key", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "drop_after", path: "/v1/customers" });
  const error = await account.sdk.customers.create({}, { idempotencyKey: "k" }).catch((thrown) => thrown);
  assertEquals(error.type, "StripeConnectionError");
  const { lastResponse } = await account.sdk.customers.create({}, { idempotencyKey: "k" });
  // Under Deno the SDK returns the Headers of fetch, contrary to its types.
  assertEquals((lastResponse.headers as unknown as Headers).get("idempotent-replayed"), "true");
  assertEquals(await count(account), 1);
});

Deno.test("the SDK's retry succeeds after one 500 fault", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "500", path: "/v1/customers" });
  const { data } = await account.sdk.customers.list({}, { maxNetworkRetries: 1 });
  assertEquals(data, []);
});

Deno.test("a fault applies to its method and path, as often as `times` says", async () => {
  await using account = openAccount();
  await account.control("faults", { method: "GET", path: "/v1/products*", kind: "500", times: 2 });
  const statuses = [];
  for (const path of ["/v1/prices", "/v1/products", "/v1/products/prod_none", "/v1/products"]) {
    statuses.push((await account.get(path)).status);
  }
  assertEquals(statuses, [200, 500, 500, 200]);
});

Deno.test("DELETE /_local/faults removes faults, and an invalid fault is refused", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "500" });
  assertEquals((await account.call("DELETE", "/_local/faults")).status, 204);
  assertEquals((await account.get("/v1/customers")).status, 200);
  assertEquals((await account.control("faults", { kind: "flood" })).status, 400);
  assertEquals((await account.control("faults", { latency: 1 })).status, 400);
});

Deno.test("latency combines with any kind of fault", async () => {
  await using account = openAccount();
  await account.control("faults", { kind: "500_after", latency_ms: 1, path: "/v1/customers" });
  assertEquals((await account.post("/v1/customers")).status, 500);
  assertEquals(await count(account), 1);
});
