import type Stripe from "stripe";
import type { Stack } from "./stack.ts";

/** A small catalog at Stripe, for tests that subscribe. */
export interface TestCatalog {
  stripe: Stripe;
  /** Two monthly prices. Each product has its own feature. */
  prices: string[];
  features: string[];
}

let named = 0;

/** A new name. */
export const uniqueName = () => `name${++named}`;

/** Creates two products at Stripe, each with a monthly price and a feature. */
export async function createTestCatalog({ stripe }: Pick<Stack, "stripe">): Promise<TestCatalog> {
  const prices: string[] = [];
  const features: string[] = [];
  for (let n = 0; n < 2; n++) {
    const lookup_key = uniqueName();
    const product = await stripe.products.create({ name: uniqueName() });
    const { id: entitlement_feature } = await stripe.entitlements.features.create({ name: lookup_key, lookup_key });
    await stripe.products.createFeature(product.id, { entitlement_feature });
    const params = {
      product: product.id,
      currency: "usd",
      unit_amount: 900,
      recurring: { interval: "month" },
    } as const;
    prices.push((await stripe.prices.create(params)).id);
    features.push(lookup_key);
  }
  return { stripe, prices, features };
}
