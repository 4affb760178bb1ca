/** One-time purchases at the local Stripe, of sessions with the metadata that this deployment writes. */
import type Stripe from "stripe";
import type { Stack } from "./stack.ts";
import { uniqueName } from "./test_catalog.ts";

export type OneTimeShop = Awaited<ReturnType<typeof createOneTimeShop>>;

/** A product with a feature, and what its buyers do at Stripe. */
export async function createOneTimeShop(stack: Stack) {
  const { stripe, sql } = stack;
  await stack.confirmTestKey();
  const [{ id: deployment_id } = {}] = await sql<{ id: string }[]>`select id from billing.deployment`;
  const feature = uniqueName();
  const { id: product } = await stripe.products.create({ name: "Lifetime" });
  const { id: entitlement_feature } = await stripe.entitlements.features.create({ name: feature, lookup_key: feature });
  await stripe.products.createFeature(product, { entitlement_feature });
  const { id: price } = await stripe.prices.create({ product, currency: "eur", unit_amount: 5_000 });

  /** A session as stripe-checkout creates it. */
  const open = (owner: string, params: Partial<Stripe.Checkout.SessionCreateParams> = {}) => {
    const metadata = { deployment_id: deployment_id!, owner, slot: `once:${product}` };
    return stripe.checkout.sessions.create({
      mode: "payment",
      line_items: [{ price, quantity: 1 }],
      success_url: "https://example.com/thanks",
      metadata,
      payment_intent_data: { metadata },
      ...params,
    });
  };

  const CARD = { type: "card", card: { token: "tok_visa" } } as const;

  /** Pays a session at its page. @returns The complete session */
  async function pay({ id }: { id: string }, method: Stripe.PaymentMethodCreateParams = CARD) {
    const { id: payment_method } = await stripe.paymentMethods.create(method);
    await stripe.rawRequest("POST", `/v1/payment_pages/${id}/confirm`, { payment_method });
    return await stripe.checkout.sessions.retrieve(id);
  }

  return {
    product,
    price,
    feature,
    deployment_id: deployment_id!,
    open,
    pay,
    /** Opens and pays a session. */
    async buy(owner: string, params?: Partial<Stripe.Checkout.SessionCreateParams>) {
      const session = await pay(await open(owner, params));
      return { session: session.id, payment_intent: session.payment_intent as string };
    },
    chargeOf: async (payment_intent: string) =>
      (await stripe.paymentIntents.retrieve(payment_intent)).latest_charge as string,
  };
}
