import type { Kind } from "./wire.ts";

/**
 * What the events of every kind are called: `<name>.created`, `<name>.updated` and `<name>.deleted` are sent by every
 * write that is not silent; null where Stripe has none of them. https://docs.stripe.com/api/events/types
 */
export const EVENT_NAMES: Record<Kind, string | null> = {
  product: "product",
  price: "price",
  customer: "customer",
  payment_method: null,
  subscription: "customer.subscription",
  subscription_item: null,
  invoice: "invoice",
  line_item: null,
  invoiceitem: "invoiceitem",
  "entitlements.feature": null,
  product_feature: null,
  "entitlements.active_entitlement": null,
  "checkout.session": null,
  payment_intent: null,
  "test_helpers.test_clock": "test_helpers.test_clock",
  webhook_endpoint: null,
};

/** Every kind that is kept. */
export const KINDS = Object.keys(EVENT_NAMES) as Kind[];
