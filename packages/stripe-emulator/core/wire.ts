import type Stripe from "stripe";

/** The SDK's type of an object as JSON: decimals are strings and references are ids. */
export type Wire<T> = T extends Stripe.Decimal ? string
  : T extends string | number | boolean | null | undefined ? T
  : T extends (infer Item)[] ? Wire<Id<Item>>[]
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
export type PromotionCode = Wire<Stripe.PromotionCode>;
/** Internal: the coupon's terms, which outlive it, and whether it has reduced an invoice, after which `once` ends. */
export type Discount = Wire<Stripe.Discount> & {
  terms: Pick<Coupon, "amount_off" | "duration" | "percent_off">;
  used: boolean;
};
export type PaymentIntent = Wire<Stripe.PaymentIntent>;
export type Charge = Wire<Stripe.Charge>;
export type Refund = Wire<Stripe.Refund>;
export type Dispute = Wire<Stripe.Dispute>;
export type PortalConfiguration = Wire<Stripe.BillingPortal.Configuration>;
/** Internal: what the address of its page contains. */
export type PortalSession = Wire<Stripe.BillingPortal.Session> & { secret: string };
/** Internal: its line items. */
export type PaymentLink = Wire<Stripe.PaymentLink> & { lines: { price: string; quantity: number }[] };
export type TaxSettings = Wire<Stripe.Tax.Settings>;
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
/** Its one payment is a payment intent. */
export type InvoicePayment = Omit<Wire<Stripe.InvoicePayment>, "payment" | "invoice"> & {
  invoice: string;
  payment: { payment_intent: string; type: "payment_intent" };
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
  /** The country that decides the tax; null while it is not known, and without automatic tax. */
  tax_country: string | null;
  /** What a started payment has made so far; null before the first attempt. */
  attempt: PaymentAttempt | null;
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

/** A started payment of a Checkout session. */
export interface PaymentAttempt {
  /** The method that waits for its authentication. */
  authenticating: string | null;
  /** The bank debit that the bank has not decided. */
  debit: string | null;
  intent: string | null;
  /** The subscription that was created before its first payment. */
  subscription: string | null;
  /** What the buyer entered, until the payment ends. */
  buyer: Buyer;
}

/** What a buyer enters at the payment page. */
export interface Buyer {
  address: NonNullable<Customer["address"]> | null;
  email: string | null;
  name: string | null;
}

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
  payment_link: PaymentLink;
  charge: Charge;
  "billing_portal.configuration": PortalConfiguration;
  "billing_portal.session": PortalSession;
  coupon: Coupon;
  promotion_code: PromotionCode;
  discount: Discount;
  dispute: Dispute;
  invoice_payment: InvoicePayment;
  refund: Refund;
  "test_helpers.test_clock": TestClock;
  webhook_endpoint: WebhookEndpoint;
}
export type Kind = keyof Kinds;
