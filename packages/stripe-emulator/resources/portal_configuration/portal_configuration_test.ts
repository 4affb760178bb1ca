import { openAccount } from "../../testing/account.ts";
import { assertEquals } from "../../testing/assert.ts";

Deno.test("a portal configuration answers its products only when they are asked for", async () => {
  await using account = openAccount();
  const { configurations } = account.sdk.billingPortal;
  const { id, features } = await configurations.create({
    features: {
      subscription_update: {
        enabled: true,
        default_allowed_updates: ["price"],
        products: [{ product: "prod_1", prices: ["price_1"] }],
      },
    },
  });
  const path = "features.subscription_update.products";
  const { subscription_update: updates } = (await configurations.retrieve(id)).features;
  assertEquals([features.subscription_update.products, updates.products, updates.enabled], [
    undefined,
    undefined,
    true,
  ]);
  const asked = [
    await configurations.retrieve(id, { expand: [path] }),
    ...(await configurations.list({ expand: [`data.${path}`] })).data,
  ];
  for (const { features } of asked) {
    assertEquals(features.subscription_update.products?.map(({ product }) => product), ["prod_1"]);
  }
});
