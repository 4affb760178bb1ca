import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

async function statuses(account: ReturnType<typeof openAccount>, ...paths: string[]): Promise<number[]> {
  const answers = [];
  for (const path of paths) answers.push((await account.get(path)).status);
  return answers;
}

Deno.test("reads over the limit answer 429, counted for each operation", async () => {
  await using account = openAccount();
  const [a, b] = [(await account.post("/v1/customers")).body.id, (await account.post("/v1/customers")).body.id];
  await account.control("rate_limit", { reads_per_second: 2 });
  const one = (id: string) => `/v1/customers/${id}`;
  assertEquals(await statuses(account, one(a), one(b), one(a), "/v1/customers", "/v1/products"), [
    200,
    200,
    429,
    200,
    200,
  ]);
  const { body, headers } = await account.get(one(b));
  assertEquals([body.error.code, headers.get("stripe-rate-limited-reason")], ["rate_limit", "endpoint-rate"]);
  assertEquals((await account.post(one(a), "name=A")).status, 200);

  account.clock.now += 500;
  assertEquals(await statuses(account, one(a), one(a)), [200, 429]);
  account.clock.now += 60_000;
  assertEquals(await statuses(account, one(a), one(a), one(a)), [200, 200, 429]);
  await account.control("rate_limit", { reads_per_second: null });
  assertEquals(await statuses(account, one(a), one(a), one(a)), [200, 200, 200]);
});

Deno.test("an invalid rate limit is refused", async () => {
  await using account = openAccount();
  for (const wrong of [0, -1, "1"]) {
    assertEquals((await account.control("rate_limit", { reads_per_second: wrong })).status, 400);
  }
});
