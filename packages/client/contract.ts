/** Written by "npm run types" from supabase/functions/_shared/contract. @module */

export interface Attention {
  subscription: string;
  reason: "past_due" | "unpaid" | "incomplete" | "action_required" | "paused" | "trial_ending";
  /** Stripe's page of the open invoice; null without one, and for a member who may not act on the billing. */
  pay_url: string | null;
}

export interface ChangePreview {
  subscription: string;
  price: string;
  /** Null for a metered price. */
  quantity: number | null;
  /** `now`: charged when the change is confirmed. `next_invoice`: the amounts are those of the next invoice. */
  due: "now" | "next_invoice";
  currency: string;
  /** Amounts are in the smallest currency unit. */
  subtotal: number;
  /** A negative total becomes credit for later invoices. */
  total: number;
  amount_due: number;
}

export interface Checkout {
  id: string;
  url: string;
  /** Unix seconds. */
  expires_at: number;
  mode: "payment" | "subscription";
  trial_days: number | null;
}

export interface CheckoutInput {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
  /** The id of a price, or its lookup key. */
  price: string;
  quantity?: number;
  currency?: string;
  /** Stripe replaces `{CHECKOUT_SESSION_ID}` in it. */
  success_url: string;
  cancel_url: string;
  locale?: string;
}

/** Of the session that the input names; statuses are Stripe's. */
export interface CheckoutState {
  status: string | null;
  payment_status: string;
}

export interface CurrencyOption {
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  unit_amount: number | null;
  /** The same as a decimal string, up to twelve places. */
  unit_amount_decimal: string | null;
  custom_unit_amount: CustomUnitAmount | null;
  tax_behavior: string | null;
  tiers: Tier[] | null;
}

/** The customer chooses the amount, within these bounds. */
export interface CustomUnitAmount {
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  minimum: number | null;
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  maximum: number | null;
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  preset: number | null;
}

export interface Customer {
  customer_id: string;
  livemode: boolean;
  /** Whether this call created it. */
  created: boolean;
}

export interface CustomerInput {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
}

export interface ErrorBody {
  error: {
    code:
      | "invalid_request"
      | "invalid_signature"
      | "organization_required"
      | "unauthenticated"
      | "forbidden"
      | "account_closed"
      | "not_found"
      | "customer_not_found"
      | "price_not_offered"
      | "session_not_found"
      | "subscription_not_found"
      | "method_not_allowed"
      | "event_busy"
      | "already_subscribed"
      | "already_purchased"
      | "payment_pending"
      | "checkout_in_progress"
      | "currency_mismatch"
      | "already_canceling"
      | "not_in_portal"
      | "subscription_ended"
      | "payload_too_large"
      | "unsupported_media_type"
      | "internal"
      | "not_configured"
      | "customer_busy"
      | "checkout_busy"
      | "catalog_filling"
      | "clerk_unavailable"
      | "database_unavailable"
      | "stripe_unavailable";
    message: string;
    /** The same as in the log of the function. */
    request_id: string;
    details?: FieldError[];
    hint?: Hint;
  };
}

export interface FieldError {
  /** Empty where the whole input is wrong. */
  field: string;
  message: string;
}

export type Flow = {
  type: "payment_method";
} | {
  type: "cancel";
  subscription: string;
} | {
  type: "update";
  subscription: string;
} | {
  type: "confirm_update";
  subscription: string;
  /** The id of a price, or its lookup key. */
  price?: string;
  quantity?: number;
};

/** What the user can do next, where the caller cannot know it. */
export interface Hint {
  action: "portal" | "resume" | "pay" | "wait" | "use_currency";
  subscription?: string;
  url?: string;
  currency?: string;
}

export interface Invoice {
  id: string;
  number: string | null;
  status: string;
  currency: string;
  /** Amounts are in the smallest currency unit. */
  total: number;
  amount_due: number;
  amount_paid: number;
  amount_remaining: number;
  /** Unix seconds. */
  created: number;
  /** Unix seconds. */
  due_date: number | null;
  subscription: string | null;
  /** Stripe's page, whose link expires: fetch the invoice again before it is opened. */
  hosted_invoice_url: string | null;
  invoice_pdf: string | null;
}

export interface InvoicePage {
  data: Invoice[];
  has_more: boolean;
  /** The `starting_after` of the next page; null on the last. */
  next_cursor: string | null;
}

export interface ListInvoices {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
  limit?: number;
  /** The `next_cursor` of the previous page. */
  starting_after?: string;
  /** The id of the one invoice to answer, fetched from Stripe. */
  invoice?: string;
}

export interface ListPrices {
  limit?: number;
  /** The `next_cursor` of the previous page. */
  starting_after?: string;
  active?: boolean;
  product?: string;
  currency?: string;
  type?: "one_time" | "recurring";
  interval?: "day" | "week" | "month" | "year";
  lookup_key?: string[];
  expand?: Array<"product">;
}

export interface ListProducts {
  limit?: number;
  /** The `next_cursor` of the previous page. */
  starting_after?: string;
  active?: boolean;
  expand?: Array<"prices">;
}

export interface OpenPortal {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
  return_url: string;
  flow?: Flow;
}

export interface OwnedSubscription {
  id: string;
  status: string;
  /** What an owner may have once: see docs/10-selling.md. */
  slot: string | null;
  /** Unix seconds. */
  created: number;
  currency: string | null;
  items: SubscriptionItem[];
  /** Of its first item, in Unix seconds. */
  current_period_end: number | null;
  /** Unix seconds. */
  trial_start: number | null;
  /** Unix seconds. */
  trial_end: number | null;
  /** When it will end, in Unix seconds, however that was decided; null while no end is set, and after the end. */
  will_cancel_at: number | null;
  /** Unix seconds. */
  canceled_at: number | null;
  /** Unix seconds. */
  ended_at: number | null;
  pending_change: PendingChange | null;
}

/** A change that is not in effect yet. */
export interface PendingChange {
  /** `payment`: its invoice must be paid before `expires_at`. `schedule`: a schedule at Stripe will make it. */
  reason: "payment" | "schedule";
  /** Unix seconds. */
  expires_at: number | null;
  /** As they will be; none where only the schedule at Stripe has them. */
  items: Array<{
    price: string;
    quantity: number | null;
  }>;
}

export interface PortalLink {
  /** Open it at once; do not log, store or send it on. */
  url: string;
}

export interface PreviewChange {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
  subscription: string;
  /** The id of a price, or its lookup key. */
  price: string;
  quantity?: number;
}

export interface Price {
  id: string;
  active: boolean;
  /** Its id, or the product itself with `expand=product`. */
  product: string | ProductFields;
  currency: string;
  type: "one_time" | "recurring";
  nickname: string | null;
  lookup_key: string | null;
  billing_scheme: "per_unit" | "tiered";
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  unit_amount: number | null;
  /** The same as a decimal string, up to twelve places. */
  unit_amount_decimal: string | null;
  custom_unit_amount: CustomUnitAmount | null;
  tax_behavior: string | null;
  tiers: Tier[] | null;
  tiers_mode: string | null;
  recurring: Recurring | null;
  transform_quantity: {
    divide_by: number;
    round: string;
  } | null;
  /** By currency code, the price's own currency among them. */
  currency_options: Record<string, CurrencyOption> | null;
  metadata: Record<string, string>;
  /** Unix seconds. */
  created: number;
}

export interface PriceFields {
  id: string;
  active: boolean;
  product: string;
  currency: string;
  type: "one_time" | "recurring";
  nickname: string | null;
  lookup_key: string | null;
  billing_scheme: "per_unit" | "tiered";
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  unit_amount: number | null;
  /** The same as a decimal string, up to twelve places. */
  unit_amount_decimal: string | null;
  custom_unit_amount: CustomUnitAmount | null;
  tax_behavior: string | null;
  tiers: Tier[] | null;
  tiers_mode: string | null;
  recurring: Recurring | null;
  transform_quantity: {
    divide_by: number;
    round: string;
  } | null;
  /** By currency code, the price's own currency among them. */
  currency_options: Record<string, CurrencyOption> | null;
  metadata: Record<string, string>;
  /** Unix seconds. */
  created: number;
}

export interface PricePage {
  data: Price[];
  has_more: boolean;
  /** The `starting_after` of the next page; null on the last. */
  next_cursor: string | null;
}

export interface Product {
  id: string;
  name: string;
  description: string | null;
  active: boolean;
  images: string[];
  marketing_features: Array<{
    name?: string;
  }>;
  default_price: string | null;
  unit_label: string | null;
  url: string | null;
  metadata: Record<string, string>;
  /** Unix seconds. */
  created: number;
  /** Its active prices; present only with `expand=prices`. */
  prices?: PriceFields[];
}

export interface ProductFields {
  id: string;
  name: string;
  description: string | null;
  active: boolean;
  images: string[];
  marketing_features: Array<{
    name?: string;
  }>;
  default_price: string | null;
  unit_label: string | null;
  url: string | null;
  metadata: Record<string, string>;
  /** Unix seconds. */
  created: number;
}

export interface ProductPage {
  data: Product[];
  has_more: boolean;
  /** The `starting_after` of the next page; null on the last. */
  next_cursor: string | null;
}

export interface Purchase {
  /** The Checkout session. */
  session: string;
  product: string;
  price: string;
  quantity: number;
  /** Unix seconds. */
  created: number;
  status: "paid" | "processing" | "failed" | "refunded" | "disputed";
}

export interface Recurring {
  interval: "day" | "week" | "month" | "year";
  interval_count: number;
  usage_type: string;
  meter: string | null;
  trial_period_days: number | null;
}

export interface SubscriptionInput {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
  /** Fetches from Stripe first, for the page after a checkout: its webhook may be late. */
  sync?: boolean;
  /** The Checkout session that the buyer returns from. */
  session_id?: string;
}

export interface SubscriptionItem {
  id: string;
  price: string;
  product: string;
  /** Null for a metered price. */
  quantity: number | null;
  /** Unix seconds. */
  current_period_start: number | null;
  /** Unix seconds. */
  current_period_end: number | null;
}

export interface SubscriptionState {
  customer_id: string | null;
  status: "active" | "trialing" | "past_due" | "unpaid" | "paused" | "incomplete" | "canceled" | "none";
  /** Whether the owner may use what was bought: see docs/10-selling.md. */
  access: boolean;
  subscriptions: OwnedSubscription[];
  purchases: Purchase[];
  /** Lookup keys of features, as has_entitlement() sees them. */
  entitlements: string[];
  attention: Attention[];
  owner: string;
  /** Whether this call fetched from Stripe; false also when another call did within 3 seconds, or Stripe failed. */
  synced: boolean;
  checkout?: CheckoutState;
}

export interface Tier {
  /** The last unit of this tier; null for the last tier. */
  up_to: number | null;
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  unit_amount: number | null;
  /** The same as a decimal string, up to twelve places. */
  unit_amount_decimal: string | null;
  /** In the smallest currency unit; null where the decimal has a fraction, or where tiers or the customer decide. */
  flat_amount: number | null;
  /** The same as a decimal string, up to twelve places. */
  flat_amount_decimal: string | null;
}

export interface UpdateSubscription {
  /** The user, or the organization that is active in the session. */
  for?: "user" | "organization";
  subscription: string;
  /** False resumes a subscription that will end. */
  cancel_at_period_end: boolean;
}

/** Every type above, by its name. */
export interface Contract {
  Attention: Attention;
  ChangePreview: ChangePreview;
  Checkout: Checkout;
  CheckoutInput: CheckoutInput;
  CheckoutState: CheckoutState;
  CurrencyOption: CurrencyOption;
  CustomUnitAmount: CustomUnitAmount;
  Customer: Customer;
  CustomerInput: CustomerInput;
  ErrorBody: ErrorBody;
  FieldError: FieldError;
  Flow: Flow;
  Hint: Hint;
  Invoice: Invoice;
  InvoicePage: InvoicePage;
  ListInvoices: ListInvoices;
  ListPrices: ListPrices;
  ListProducts: ListProducts;
  OpenPortal: OpenPortal;
  OwnedSubscription: OwnedSubscription;
  PendingChange: PendingChange;
  PortalLink: PortalLink;
  PreviewChange: PreviewChange;
  Price: Price;
  PriceFields: PriceFields;
  PricePage: PricePage;
  Product: Product;
  ProductFields: ProductFields;
  ProductPage: ProductPage;
  Purchase: Purchase;
  Recurring: Recurring;
  SubscriptionInput: SubscriptionInput;
  SubscriptionItem: SubscriptionItem;
  SubscriptionState: SubscriptionState;
  Tier: Tier;
  UpdateSubscription: UpdateSubscription;
}

/** Every code that a function answers with. */
export type ErrorCode = ErrorBody["error"]["code"];
