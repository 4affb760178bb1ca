import { openAccount } from "../testing/account.ts";
import { assertEquals } from "../testing/assert.ts";

Deno.test("the clock can be advanced, and keeps its offset after a restart", async () => {
  const before = openAccount();
  const created = async (account: typeof before) => (await account.post("/v1/customers")).body.created;
  const start = await created(before);
  assertEquals((await before.control("clock", { advance_seconds: 3_600 })).body, { now: start + 3_600 });
  const { headers } = await before.get("/v1/customers");
  assertEquals(Date.parse(headers.get("date")!) / 1_000, start + 3_600);
  assertEquals(await created(before), start + 3_600);
  before.clock.now += 1_000;
  assertEquals(await created(before), start + 3_601);
  await before[Symbol.asyncDispose]();

  await using after = openAccount(JSON.parse(JSON.stringify(before.state)));
  assertEquals(await created(after), start + 3_600);
  await after.control("reset");
  assertEquals(await created(after), start);
});

Deno.test("a stopped clock stays where it is, and continues from there when it is started", async () => {
  await using account = openAccount();
  const created = async () => (await account.post("/v1/customers")).body.created;
  const start = await created();
  await account.control("clock", { stopped: true });
  account.clock.now += 10_000;
  assertEquals(await created(), start);
  await account.control("clock", { advance_seconds: 5 });
  account.clock.now += 10_000;
  assertEquals(await created(), start + 5);
  await account.control("clock", { stopped: false });
  account.clock.now += 1_000;
  assertEquals(await created(), start + 6);
});

Deno.test("moving the clock backward is refused", async () => {
  await using account = openAccount();
  for (const wrong of [{ advance_seconds: -1 }, { advance_seconds: 0 }, { advance_seconds: "1" }, { stopped: 1 }, {}]) {
    assertEquals((await account.control("clock", wrong)).status, 400);
  }
});
