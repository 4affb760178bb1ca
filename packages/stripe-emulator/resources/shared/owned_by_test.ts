import { openAccount } from "../../testing/account.ts";
import { assertEquals } from "../../testing/assert.ts";

Deno.test("ownedBy finds a customer's objects after creations, deletions and a reset", async () => {
  await using account = openAccount();
  const { sdk } = account;
  async function subscribed(): Promise<number> {
    const price = await sdk.prices.create({
      currency: "usd",
      unit_amount: 1,
      recurring: { interval: "month" },
      product_data: { name: "A" },
    });
    const customer = await sdk.customers.create({ payment_method: "pm_card_visa", expand: ["subscriptions"] });
    const trial = { customer: customer.id, items: [{ price: price.id }], trial_period_days: 3 };
    const { id } = await sdk.subscriptions.create(trial);
    await sdk.subscriptions.create(trial);
    await sdk.subscriptions.cancel(id);
    const { subscriptions } = await sdk.customers.retrieve(customer.id, { expand: ["subscriptions"] }) as {
      subscriptions?: { data: unknown[] };
    };
    return subscriptions!.data.length;
  }
  assertEquals([await subscribed(), await subscribed()], [1, 1]);
  await account.control("reset");
  assertEquals([await subscribed(), await subscribed()], [1, 1]);
});
