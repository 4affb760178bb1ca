import { assertEquals } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

Deno.test("tax settings are active until they are set to pending, which refuses automatic tax", async () => {
  await using shop = await openShop();
  const { sdk } = shop;
  const create = () =>
    sdk.checkout.sessions.create({
      mode: "subscription",
      line_items: [{ price: shop.price.id, quantity: 1 }],
      success_url: "https://example.com/",
      automatic_tax: { enabled: true },
    });
  assertEquals((await sdk.tax.settings.retrieve()).status, "active");
  await create();
  await shop.control("behavior", { tax_settings: "pending" });
  const { status, head_office, status_details } = await sdk.tax.settings.retrieve();
  assertEquals([status, head_office, status_details.pending!.missing_fields], ["pending", null, ["head_office"]]);
  const error = await create().catch((error) => error);
  assertEquals([error.statusCode, error.param], [400, "automatic_tax[enabled]"]);
});
