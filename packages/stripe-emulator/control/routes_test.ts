import { emptyState } from "../mod.ts";
import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("the request log has the method, path, query, key and status of every request", async () => {
  await using account = openAccount();
  await account.get("/v1/customers?limit=3");
  await account.post("/v1/customers", "", { "idempotency-key": "k" });
  await account.get("/v1/unicorns");
  assertEquals((await account.get("/_local/requests")).body, [
    { method: "GET", path: "/v1/customers", query: "limit=3", idempotency_key: null, status: 200 },
    { method: "POST", path: "/v1/customers", query: "", idempotency_key: "k", status: 200 },
    { method: "GET", path: "/v1/unicorns", query: "", idempotency_key: null, status: 404 },
  ]);
  await account.call("DELETE", "/_local/requests");
  assertEquals((await account.get("/_local/requests")).body, []);
});

Deno.test("the request log has a limited request with its status and a dropped one without", async () => {
  await using account = openAccount();
  for (const kind of ["429", "500", "drop"]) await account.control("faults", { kind });
  for (let request = 0; request < 3; request++) await account.get("/v1/customers").catch(() => {});
  const { body } = await account.get("/_local/requests");
  assertEquals(body.map(({ status }: { status: number }) => status), [429, 500, null]);
});

Deno.test("POST /_local/reset leaves an empty account, without faults and idempotency keys", async () => {
  await using account = openAccount();
  await account.post("/v1/products", "id=prod_a&name=A", { "idempotency-key": "k" });
  await account.control("faults", { kind: "500" });
  assertEquals((await account.control("reset")).status, 204);
  assertEquals(account.state, emptyState());
  assertEquals((await account.get("/_local/requests")).body, []);
  assertEquals((await account.post("/v1/products", "id=prod_a&name=A", { "idempotency-key": "k" })).status, 200);
});

Deno.test("a control call with an invalid value answers 400 with a message", async () => {
  await using account = openAccount();
  const { status, body } = await account.control("search_lag", { seconds: "soon" });
  assertEquals([status, typeof body.error.message], [400, "string"]);
});
