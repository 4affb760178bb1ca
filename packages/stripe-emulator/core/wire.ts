import type Stripe from "stripe";

/** The SDK's type of an object as JSON: decimals are strings and references are ids. */
export type Wire<T> = T extends Stripe.Decimal ? string
  : T extends string | number | boolean | null | undefined ? T
  : T extends (infer Item)[] ? Wire<Item>[]
  : { [Key in keyof T as Key extends "deleted" ? never : Key]: Wire<Id<T[Key]>> };

/** `string` of `string | Product | DeletedProduct`: the type without expand. */
type Id<T> = string extends T ? Exclude<T, { id: string; object: string }> : T;

export type Product = Wire<Stripe.Product>;
/** Internal: whether `price_data` created it. */
export type Price = Wire<Stripe.Price> & { inline?: true };
export type Customer = Wire<Stripe.Customer>;
export type Account = Wire<Stripe.Account>;
export type PaymentMethod = Wire<Stripe.PaymentMethod>;
export type Plan = Wire<Stripe.Plan>;
export type Feature = Wire<Stripe.Entitlements.Feature>;
export type Coupon = Wire<Stripe.Coupon>;
export type PaymentIntent = Wire<Stripe.PaymentIntent>;
export type TestClock = Wire<Stripe.TestHelpers.TestClock>;
export type LineItem = Wire<Stripe.InvoiceLineItem>;
export type InvoiceItem = Wire<Stripe.InvoiceItem>;
export type Event = Wire<Stripe.EventBase>;
export type WebhookEndpoint = Wire<Stripe.WebhookEndpoint>;

/** Internal: `features` are the ids of the product's features at the start of the period, which the item grants. */
export type SubscriptionItem = Wire<Stripe.SubscriptionItem> & { features: string[] };
/** Internal: the ids of all items, what events have announced, and the latest times when a quantity was updated. */
export type Subscription = Wire<Stripe.Subscription> & {
  item_ids: string[];
  trial_end_announced?: number;
  renewal_announced?: number;
  quantity_updates?: number[];
};
/** Internal: the ids of all lines. */
export type Invoice = Wire<Stripe.Invoice> & { line_ids: string[] };
/** Internal: the product that has the feature. */
export type ProductFeature = Wire<Stripe.ProductFeature> & { product: string };
/** Internal: the customer that has the entitlement. */
export type ActiveEntitlement = Wire<Stripe.Entitlements.ActiveEntitlement> & { customer: string };

/** Internal: what the payment of the session creates and changes. */
export type Session = Wire<Stripe.Checkout.Session> & {
  lines: {
    price: string;
    quantity: number;
    adjustable_quantity: { enabled: true; maximum: number; minimum: number } | null;
    metadata: Record<string, string>;
  }[];
  customer_update: { address?: "auto" | "never"; name?: "auto" | "never"; shipping?: "auto" | "never" };
  intent_data: Pick<PaymentIntent, "description" | "metadata" | "setup_future_usage" | "shipping">;
  subscription_data: {
    description?: string;
    metadata?: Record<string, string> | null;
    trial_end?: number;
    trial_period_days?: number;
    trial_settings?: { end_behavior: { missing_payment_method: "cancel" | "create_invoice" | "pause" } };
  };
};

/** An object after its deletion. */
export interface Deleted {
  id: string;
  object: string;
  deleted: true;
}

/** Every kind of object, by its `object` field. */
export interface Kinds {
  product: Product;
  price: Price;
  customer: Customer;
  payment_method: PaymentMethod;
  subscription: Subscription;
  subscription_item: SubscriptionItem;
  invoice: Invoice;
  line_item: LineItem;
  invoiceitem: InvoiceItem;
  "entitlements.feature": Feature;
  product_feature: ProductFeature;
  "entitlements.active_entitlement": ActiveEntitlement;
  "checkout.session": Session;
  payment_intent: PaymentIntent;
  coupon: Coupon;
  "test_helpers.test_clock": TestClock;
  webhook_endpoint: WebhookEndpoint;
}
export type Kind = keyof Kinds;
