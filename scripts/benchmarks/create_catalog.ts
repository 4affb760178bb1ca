import { STRIPE_SECRET_KEY } from "../lib/project_keys.ts";
import { createStripe, emptyState, type StripeState } from "../../packages/stripe-emulator/mod.ts";

/** A Stripe account with this many active products, each with a price, created one second apart. */
export async function createCatalog(products: number): Promise<StripeState> {
  const state = emptyState();
  let now = Date.now() - products * 1_000;
  const stripe = createStripe(state, { secretKey: STRIPE_SECRET_KEY, now: () => now });
  for (let number = 1; number <= products; number++, now += 1_000) {
    const response = await stripe.fetch(
      new Request("http://stripe/v1/products", {
        method: "POST",
        headers: { authorization: `Bearer ${STRIPE_SECRET_KEY}` },
        body: new URLSearchParams({
          name: `Plan ${number}`,
          description: "Everything that a team needs, with support on working days and an unlimited number of guests",
          "images[0]": `https://example.com/images/plan-${number}.png`,
          "metadata[tier]": String(number % 5),
          "default_price_data[currency]": "eur",
          "default_price_data[unit_amount]": String(100 + number),
          "default_price_data[recurring][interval]": "month",
        }),
      }),
    );
    if (!response.ok) throw new Error(`The Stripe emulator rejected a product: ${await response.text()}`);
  }
  return state;
}
