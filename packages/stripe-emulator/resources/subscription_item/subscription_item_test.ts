import { assertEquals } from "../../testing/assert.ts";
import { openShop, refusal } from "../../testing/shop.ts";

Deno.test("subscription items can be created, updated and deleted, and the subscription shows them", async () => {
  await using shop = await openShop();
  const { id } = await shop.subscribe();
  const addOn = await shop.priceOf(300, "month", "Add-on");
  const added = await shop.eventsOf(() =>
    shop.sdk.subscriptionItems.create({ subscription: id, price: addOn.id, quantity: 2 })
  );
  assertEquals(added.filter((type) => type.startsWith("customer.subscription")), ["customer.subscription.updated"]);
  const [item] = (await shop.sdk.subscriptionItems.list({ subscription: id })).data;
  assertEquals([item!.price.id, item!.quantity], [addOn.id, 2]);
  assertEquals("features" in item!, false);

  assertEquals((await shop.sdk.subscriptionItems.update(item!.id, { quantity: 5 })).quantity, 5);
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).items.data.map(({ quantity }) => quantity), [1, 5]);
  assertEquals(await shop.sdk.subscriptionItems.del(item!.id) as unknown, {
    id: item!.id,
    object: "subscription_item",
    deleted: true,
  });
  assertEquals((await shop.sdk.subscriptions.retrieve(id)).items.data.map(({ price }) => price.id), [shop.price.id]);
  assertEquals((await shop.get(`/v1/subscription_items/${item!.id}`)).status, 404);
});

Deno.test("a subscription shows ten of its items, and the list all of them", async () => {
  await using shop = await openShop();
  const prices = [];
  for (let amount = 1; amount <= 13; amount++) prices.push(await shop.priceOf(amount));
  const { id, items } = await shop.subscribe({ items: prices.map((price) => ({ price: price.id })) });
  assertEquals([items.data.length, items.has_more], [10, true]);
  const all = await shop.sdk.subscriptionItems.list({ subscription: id, limit: 5 }).autoPagingToArray({ limit: 100 });
  assertEquals(new Set(all.map(({ price }) => price.id)), new Set(prices.map((price) => price.id)));
});

Deno.test("deleting the last item and changing another subscription's item are refused", async () => {
  await using shop = await openShop();
  const { id, items } = await shop.subscribe();
  const last = await shop.call("DELETE", `/v1/subscription_items/${items.data[0]!.id}`);
  assertEquals([last.status, last.body.error.message.slice(0, 54)], [
    400,
    "A subscription must have at least one active plan. In ",
  ]);
  assertEquals(refusal(await shop.post(`/v1/subscriptions/${id}`, "items[0][id]=si_none&items[0][quantity]=2")), {
    status: 400,
    type: "invalid_request_error",
    code: "resource_missing",
    param: "items[0][id]",
    message: "No such subscription item: 'si_none'",
  });
  assertEquals((await shop.post("/v1/subscription_items", `subscription=${id}&price=${shop.price.id}`)).status, 400);
  assertEquals((await shop.get("/v1/subscription_items")).body.error.code, "parameter_missing");
  await shop.sdk.subscriptions.cancel(id);
  assertEquals((await shop.post(`/v1/subscription_items/${items.data[0]!.id}`, "quantity=2")).status, 400);
});
