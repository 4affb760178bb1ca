import type { Kind } from "./wire.ts";

/**
 * The prefix of every kind's event types: each write that is not silent emits `<name>.created`, `<name>.updated` or
 * `<name>.deleted`; null where Stripe has no such events. https://docs.stripe.com/api/events/types
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
  payment_link: "payment_link",
  charge: null,
  "billing_portal.configuration": "billing_portal.configuration",
  "billing_portal.session": null,
  coupon: "coupon",
  promotion_code: "promotion_code",
  discount: null,
  dispute: null,
  invoice_payment: null,
  refund: "refund",
  "test_helpers.test_clock": "test_helpers.test_clock",
  webhook_endpoint: null,
};

/** Every kind of object. */
export const KINDS = Object.keys(EVENT_NAMES) as Kind[];
