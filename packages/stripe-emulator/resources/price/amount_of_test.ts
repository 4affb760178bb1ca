import { openAccount } from "../../testing/account.ts";
import { assertEquals } from "../../testing/assert.ts";
import { amountOf } from "./amount_of.ts";

const TIERS = "&billing_scheme=tiered&tiers[0][up_to]=5&tiers[0][unit_amount]=100&tiers[0][flat_amount]=1000" +
  "&tiers[1][up_to]=inf&tiers[1][unit_amount]=50";

const CASES: [what: string, params: string, amounts: Record<number, number>][] = [
  ["a unit price", "unit_amount=700", { 0: 0, 1: 700, 3: 2_100 }],
  ["a fraction of a cent", "unit_amount_decimal=0.05", { 10: 1, 1_000: 50 }],
  ["packages of ten, rounded up", "unit_amount=100&transform_quantity[divide_by]=10&transform_quantity[round]=up", {
    1: 100,
    10: 100,
    11: 200,
  }],
  ["tiers by volume", `tiers_mode=volume${TIERS}`, { 5: 1_500, 6: 300 }],
  ["graduated tiers", `tiers_mode=graduated${TIERS}`, { 5: 1_500, 7: 1_600 }],
];
for (const [what, params, amounts] of CASES) {
  Deno.test(`the amount of ${what} is what Stripe charges`, async () => {
    await using account = openAccount();
    await account.post("/v1/products", "id=a&name=A");
    const { body } = await account.post("/v1/prices", `product=a&currency=usd&recurring[interval]=month&${params}`);
    const row = account.state.objects.price.find(({ object }) => object.id === body.id)!;
    for (const [quantity, amount] of Object.entries(amounts)) {
      assertEquals(amountOf(row.object as Parameters<typeof amountOf>[0], Number(quantity)), amount);
    }
  });
}
