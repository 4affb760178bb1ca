import type Stripe from "stripe";

/** The SDK's type of an object as it travels: decimals are strings and a reference is the id of what it refers to. */
export type Wire<T> = T extends Stripe.Decimal ? string
  : T extends string | number | boolean | null | undefined ? T
  : T extends (infer Item)[] ? Wire<Item>[]
  : { [Key in keyof T as Key extends "deleted" ? never : Key]: Wire<Id<T[Key]>> };

/** What is left of `string | Product | DeletedProduct` unless it is expanded. */
type Id<T> = string extends T ? Exclude<T, { id: string; object: string }> : T;

export type Product = Wire<Stripe.Product>;
export type Price = Wire<Stripe.Price>;
export type Customer = Wire<Stripe.Customer>;
export type Account = Wire<Stripe.Account>;
export type PaymentMethod = Wire<Stripe.PaymentMethod>;
export type Plan = Wire<Stripe.Plan>;
export type Feature = Wire<Stripe.Entitlements.Feature>;
export type PaymentIntent = Wire<Stripe.PaymentIntent>;
export type TestClock = Wire<Stripe.TestHelpers.TestClock>;
export type LineItem = Wire<Stripe.InvoiceLineItem>;
export type InvoiceItem = Wire<Stripe.InvoiceItem>;
export type Event = Wire<Stripe.EventBase>;
export type WebhookEndpoint = Wire<Stripe.WebhookEndpoint>;

/** `features`, never shown, are the ids of what the item entitles to: those that its product had when its period began. */
export type SubscriptionItem = Wire<Stripe.SubscriptionItem> & { features: string[] };
/** Never shown: the ids of all items, and the ends that events have told of before they came. */
export type Subscription = Wire<Stripe.Subscription> & {
  item_ids: string[];
  trial_end_announced?: number;
  renewal_announced?: number;
};
/** `line_ids`, never shown, are those of all lines. */
export type Invoice = Wire<Stripe.Invoice> & { line_ids: string[] };
/** `product`, never shown, is what the feature is attached to. */
export type ProductFeature = Wire<Stripe.ProductFeature> & { product: string };
/** `customer`, never shown, is who is entitled. */
export type ActiveEntitlement = Wire<Stripe.Entitlements.ActiveEntitlement> & { customer: string };

/** `lines`, `intent_data` and `subscription_data`, never shown, are what happens when it is paid. */
export type Session = Wire<Stripe.Checkout.Session> & {
  lines: { price: string; quantity: number }[];
  intent_data: Pick<PaymentIntent, "description" | "metadata" | "setup_future_usage" | "shipping">;
  subscription_data: {
    description?: string;
    metadata?: Record<string, string> | null;
    trial_end?: number;
    trial_period_days?: number;
    trial_settings?: { end_behavior: { missing_payment_method: "cancel" | "create_invoice" | "pause" } };
  };
};

/** What stays of an object after its deletion. */
export interface Deleted {
  id: string;
  object: string;
  deleted: true;
}

/** Every kind of object that is kept, by the name in its `object` field. */
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
  "test_helpers.test_clock": TestClock;
  webhook_endpoint: WebhookEndpoint;
}
export type Kind = keyof Kinds;
