/** What a coupon must do once the steps of docs/06-templates.md are done. */
import { assert, assertEquals } from "@std/assert";
import { walkAll } from "../reconcile_run.ts";
import { startStack } from "../stack.ts";
import { until } from "../until.ts";

Deno.test("coupons are mirrored, backfilled, fetched again, hidden from visitors, and emptied by a switch", async (t) => {
  await using stack = await startStack({ CATALOG_COUPONS: "shown" }, { webhook: true });
  const { sql } = stack;
  const names = async () =>
    (await sql`select name from stripe_coupons where not deleted order by name`).map(({ name }) => name);
  const early = await stack.stripe.coupons.create({ percent_off: 10, duration: "once", name: "A" });

  await t.step("an event mirrors it, changes it and leaves a tombstone", async () => {
    await until(async () => (await names()).join() === "A");
    await stack.stripe.coupons.update(early.id, { name: "B" });
    await until(async () => (await names()).join() === "B");
    await stack.stripe.coupons.del(early.id);
    await until(async () => (await names()).length === 0);
  });

  await t.step("a backfill finds what no event reported", async () => {
    await stack.deliveryFault({ lost: true, times: 100 });
    await stack.stripe.coupons.create({ percent_off: 20, duration: "once", name: "C" });
    await backfill(stack);
    assertEquals(await names(), ["C"]);
  });

  await t.step("drift detection lists it", async () => {
    await sql`update stripe_coupons set data = data || '{"name": "old"}' where not deleted`;
    await sql`update billing.webhook_events set processed_at = now(), outcome = 'covered' where processed_at is null`;
    await walkAll(stack);
    assertEquals(await names(), ["C"]);
  });

  await t.step("a visitor reads none, a user the valid ones", async () => {
    assert((await stack.client().from("stripe_coupons").select()).error !== null);
    const { data } = await stack.client(await stack.signIn()).from("stripe_coupons" as never).select("name");
    assertEquals(data as unknown, [{ name: "C" }]);
  });

  await t.step("the endpoint answers a user, and 404 where coupons are hidden", async () => {
    const response = await stack.call("stripe-coupons", { token: await stack.signIn() });
    assertEquals((await response.json()).map(({ name }: { name: string }) => name), ["C"]);
    await using hidden = await startStack();
    const refused = await hidden.call("stripe-coupons", { token: await hidden.signIn() });
    assertEquals([refused.status, (await refused.json()).error.code], [404, "coupons_hidden"]);
  });

  await t.step("a switch to another account empties the mirror", async () => {
    await sql`select billing.switch_deployment('acct_other', false)`;
    assertEquals(await names(), []);
  });
});

async function backfill(stack: Awaited<ReturnType<typeof startStack>>): Promise<void> {
  for (let state = ""; state !== "done";) {
    const response = await stack.call("stripe-reconcile", {
      method: "POST",
      token: stack.reconcile_secret,
      body: { backfill: true },
    });
    const answer = await response.json();
    assertEquals(response.status, 200, JSON.stringify(answer));
    state = answer.state;
  }
}
