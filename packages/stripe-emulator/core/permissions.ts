import type { Kind } from "./wire.ts";

/** What a key may do with a resource; `write` includes `read`. */
export type Level = "none" | "read" | "write";
/** The levels of a restricted key by Stripe's name of the resource; a resource that is not named is `none`. */
export type Permissions = Record<string, Level>;

/**
 * The name of each kind's permission, without `rak_` and without `_read` or `_write`.
 *
 * The names are those of https://docs.stripe.com/keys/permissions-reference and
 * https://docs.stripe.com/stripe-apps/reference/permissions: prices keep the name of plans, test clocks are billing
 * clocks, and items share the permission of what contains them. The permission of `GET /v1/account` is the one that
 * Stripe's refusal names (https://github.com/stripe/sync-engine/issues/257). That of a product's features is not
 * published; here it is the product's.
 */
const NAMES: Record<Kind | "account" | "event" | "tax.settings", string> = {
  account: "accounts_kyc_basic",
  "billing_portal.configuration": "customer_portal",
  "billing_portal.session": "customer_portal",
  "checkout.session": "checkout_session",
  charge: "charge",
  coupon: "coupon",
  customer: "customer",
  discount: "coupon",
  dispute: "dispute",
  "entitlements.active_entitlement": "entitlement",
  "entitlements.feature": "entitlement",
  event: "event",
  invoice: "invoice",
  invoice_payment: "invoice",
  invoiceitem: "invoice",
  line_item: "invoice",
  payment_intent: "payment_intent",
  payment_link: "payment_links",
  payment_method: "payment_method",
  price: "plan",
  refund: "charge",
  product: "product",
  product_feature: "product",
  promotion_code: "promotion_code",
  subscription: "subscription",
  subscription_item: "subscription",
  "tax.settings": "tax_settings",
  "test_helpers.test_clock": "billing_clock",
  webhook_endpoint: "webhook",
};

/** The kind that the calls of a path concern; the first match counts, so that a path stands before its prefix. */
const PATHS: [prefix: string, kind: keyof typeof NAMES][] = [
  ["/v1/account", "account"],
  ["/v1/billing_portal/configurations", "billing_portal.configuration"],
  ["/v1/billing_portal/sessions", "billing_portal.session"],
  ["/v1/charges", "charge"],
  ["/v1/checkout/sessions", "checkout.session"],
  ["/v1/coupons", "coupon"],
  ["/v1/customers/:id/payment_methods", "payment_method"],
  ["/v1/customers", "customer"],
  ["/v1/disputes", "dispute"],
  ["/v1/entitlements/active_entitlements", "entitlements.active_entitlement"],
  ["/v1/entitlements/features", "entitlements.feature"],
  ["/v1/events", "event"],
  ["/v1/invoice_payments", "invoice_payment"],
  ["/v1/invoiceitems", "invoiceitem"],
  ["/v1/invoices", "invoice"],
  ["/v1/payment_intents", "payment_intent"],
  ["/v1/payment_links", "payment_link"],
  ["/v1/payment_methods", "payment_method"],
  ["/v1/payment_pages", "checkout.session"],
  ["/v1/prices", "price"],
  ["/v1/products/:id/features", "product_feature"],
  ["/v1/products", "product"],
  ["/v1/promotion_codes", "promotion_code"],
  ["/v1/refunds", "refund"],
  ["/v1/subscription_items", "subscription_item"],
  ["/v1/subscriptions", "subscription"],
  ["/v1/tax/settings", "tax.settings"],
  ["/v1/test_helpers/test_clocks", "test_helpers.test_clock"],
  ["/v1/webhook_endpoints", "webhook_endpoint"],
];

/** The resources that a restricted key can be given. */
export const RESOURCES = [...new Set(Object.values(NAMES))].sort();

/** One permission, such as `customer_read`. */
export type Permission = `${string}_${"read" | "write"}`;

/**
 * The permission of a call: a `GET` reads, everything else writes.
 *
 * @param path The path of the route, such as `/v1/customers/:id`
 * @throws TypeError when the table has no entry
 */
export function permissionOf(method: string, path: string): Permission {
  const entry = PATHS.find(([prefix]) => path.startsWith(prefix));
  if (!entry) throw new TypeError(`Missing permission for ${method} ${path}: add it to core/permissions.ts`);
  return `${NAMES[entry[1]]}_${method === "GET" ? "read" : "write"}`;
}

/** The permission to read objects of a kind, which their expansion needs too. */
export const readingOf = (kind: Kind): Permission => `${NAMES[kind]}_read`;

export function isGranted(permissions: Permissions, permission: Permission): boolean {
  const [, resource = "", level] = permission.match(/^(.*)_(read|write)$/) ?? [];
  const granted = permissions[resource] ?? "none";
  return granted === "write" || granted === level;
}
