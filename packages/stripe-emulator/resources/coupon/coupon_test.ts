import { openAccount } from "../../testing/account.ts";
import { assertEquals } from "../../testing/assert.ts";

Deno.test("a coupon is created, renamed, listed and deleted, with an event for each change", async () => {
  await using account = openAccount();
  const { sdk } = account;
  const made = await sdk.coupons.create({ percent_off: 25.5, duration: "repeating", duration_in_months: 3 });
  assertEquals([made.object, made.percent_off, made.valid], ["coupon", 25.5, true]);

  assertEquals((await sdk.coupons.update(made.id, { name: "Summer" })).name, "Summer");
  assertEquals((await sdk.coupons.list()).data.map(({ id }) => id), [made.id]);
  assertEquals((await sdk.coupons.del(made.id)).deleted, true);
  assertEquals((await sdk.coupons.list()).data, []);

  const { data } = await sdk.events.list({ types: ["coupon.created", "coupon.updated", "coupon.deleted"] });
  assertEquals(data.map(({ type }) => type), ["coupon.deleted", "coupon.updated", "coupon.created"]);
});
