import type Stripe from "stripe";
import type { Stack } from "./stack.ts";

/** What histories share: a shop. */
export interface Shop {
  stripe: Stripe;
  /** Two monthly prices, of products that entitle to features of their own. */
  prices: string[];
  features: string[];
}

let named = 0;

/** A name that nothing has yet. */
export const uniqueName = () => `name${++named}`;

/** Opens a shop with two products to subscribe to. */
export async function openShop({ stripe }: Pick<Stack, "stripe">): Promise<Shop> {
  const prices: string[] = [];
  const features: string[] = [];
  for (let n = 0; n < 2; n++) {
    const lookup_key = uniqueName();
    const product = await stripe.products.create({ name: uniqueName() });
    const { id: entitlement_feature } = await stripe.entitlements.features.create({ name: lookup_key, lookup_key });
    await stripe.products.createFeature(product.id, { entitlement_feature });
    const wish = { product: product.id, currency: "usd", unit_amount: 900, recurring: { interval: "month" } } as const;
    prices.push((await stripe.prices.create(wish)).id);
    features.push(lookup_key);
  }
  return { stripe, prices, features };
}
