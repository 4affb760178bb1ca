/** The permissions that a restricted Stripe key needs: https://docs.stripe.com/keys/restricted-api-keys */
export type Level = "read" | "write";

export interface Permission {
  /** As Stripe's refusals name it. https://docs.stripe.com/keys/permissions-reference */
  readonly name: `rak_${string}_${Level}`;
  /** In the form of the dashboard. */
  readonly label: string;
  /** The resources of the SDK that it opens; writing includes reading. */
  readonly resources: readonly string[];
  /**
   * A call that needs it and changes nothing: Stripe refuses a key before it looks for the object, which does not exist.
   */
  readonly trial: { readonly method: "GET" | "POST"; readonly path: string };
}

/** In the order of the table in docs/07-deploying.md. A test compares both with the calls in the code. */
export const PERMISSIONS: readonly Permission[] = [
  {
    name: "rak_customer_write",
    label: "Customers",
    resources: ["customers"],
    trial: { method: "POST", path: "/v1/customers/cus_permission_trial" },
  },
  {
    name: "rak_product_read",
    label: "Products",
    resources: ["products"],
    trial: { method: "GET", path: "/v1/products?limit=1" },
  },
  {
    // Prices keep the name of the older plans.
    name: "rak_plan_read",
    label: "Prices",
    resources: ["prices"],
    trial: { method: "GET", path: "/v1/prices?limit=1" },
  },
  {
    name: "rak_subscription_write",
    label: "Subscriptions",
    resources: ["subscriptions", "subscriptionItems"],
    trial: { method: "POST", path: "/v1/subscriptions/sub_permission_trial" },
  },
  {
    name: "rak_invoice_write",
    label: "Invoices",
    resources: ["invoices", "invoicePayments"],
    trial: { method: "POST", path: "/v1/invoices/in_permission_trial" },
  },
  {
    name: "rak_checkout_session_write",
    label: "Checkout Sessions",
    resources: ["checkout.sessions"],
    trial: { method: "POST", path: "/v1/checkout/sessions/cs_permission_trial" },
  },
  {
    name: "rak_payment_intent_read",
    label: "PaymentIntents",
    resources: ["paymentIntents"],
    trial: { method: "GET", path: "/v1/payment_intents?limit=1" },
  },
  {
    // Refunds have no permission of their own.
    name: "rak_charge_write",
    label: "Charges",
    resources: ["charges", "refunds"],
    trial: { method: "POST", path: "/v1/charges/ch_permission_trial" },
  },
  {
    name: "rak_dispute_read",
    label: "Disputes",
    resources: ["disputes"],
    trial: { method: "GET", path: "/v1/disputes?limit=1" },
  },
  {
    name: "rak_customer_portal_write",
    label: "Customer portal",
    resources: ["billingPortal.sessions", "billingPortal.configurations"],
    trial: { method: "POST", path: "/v1/billing_portal/configurations/bpc_permission_trial" },
  },
  {
    name: "rak_payment_links_read",
    label: "Payment Links",
    resources: ["paymentLinks"],
    trial: { method: "GET", path: "/v1/payment_links?limit=1" },
  },
  {
    name: "rak_tax_settings_read",
    label: "Tax settings",
    resources: ["tax.settings"],
    trial: { method: "GET", path: "/v1/tax/settings" },
  },
  {
    name: "rak_entitlement_read",
    label: "Entitlements",
    resources: ["entitlements.activeEntitlements"],
    trial: { method: "GET", path: "/v1/entitlements/active_entitlements?customer=cus_permission_trial&limit=1" },
  },
  {
    name: "rak_event_read",
    label: "Events",
    resources: ["events"],
    trial: { method: "GET", path: "/v1/events?limit=1" },
  },
  {
    name: "rak_webhook_write",
    label: "Webhook endpoints",
    resources: ["webhookEndpoints"],
    trial: { method: "POST", path: "/v1/webhook_endpoints/we_permission_trial" },
  },
];

export const levelOf = ({ name }: Permission): Level => name.endsWith("_write") ? "write" : "read";
