import { assertEquals } from "../../testing/assert.ts";
import { openShop } from "../../testing/shop.ts";

Deno.test("a payment link sells active prices, is listed while it is active, and shows its line items with expand", async () => {
  await using shop = await openShop();
  const { sdk, price } = shop;
  const archived = await sdk.prices.create({
    product: shop.product.id,
    currency: "usd",
    unit_amount: 1,
    active: false,
  });
  for (const id of ["price_none", archived.id]) {
    const error = await sdk.paymentLinks.create({ line_items: [{ price: id, quantity: 1 }] }).catch((error) => error);
    assertEquals([error.statusCode, error.param], [400, "line_items[0][price]"]);
  }
  const link = await sdk.paymentLinks.create({ line_items: [{ price: price.id, quantity: 2 }] });
  assertEquals([link.active, link.currency, "line_items" in link, "lines" in link], [true, "usd", false, false]);

  const active = async () => (await sdk.paymentLinks.list({ active: true, expand: ["data.line_items"] })).data;
  const [listed] = await active();
  assertEquals(
    listed!.line_items!.data.map(({ price, quantity, amount_total }) => [price!.id, quantity, amount_total]),
    [
      [price.id, 2, 2_000],
    ],
  );
  assertEquals((await sdk.paymentLinks.update(link.id, { active: false })).active, false);
  assertEquals([(await active()).length, (await sdk.paymentLinks.list()).data.length], [0, 1]);
});
