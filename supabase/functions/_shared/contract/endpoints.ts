/**
 * Every endpoint: its methods, who may call them, and what they take and answer. The endpoints import this table as a
 * type only; the checks and the documents are compared with it.
 */
import { Checkout, CheckoutInput } from "./checkout.ts";
import { Customer, CustomerInput } from "./customer.ts";
import type { ErrorCode } from "./errors.ts";
import { Health } from "./health.ts";
import { NoInput, type Schema } from "./input.ts";
import { InvoicePage, ListInvoices } from "./invoices.ts";
import { ChangePreview, OpenPortal, PortalLink, PreviewChange } from "./portal.ts";
import { ListPrices, PricePage } from "./prices.ts";
import { ListProducts, ProductPage } from "./products.ts";
import { Backfilled, Reconciled, ReconcileInput, Started } from "./reconcile.ts";
import { OwnedSubscription, SubscriptionInput, SubscriptionState } from "./subscription.ts";
import { UpdateSubscription } from "./subscription_update.ts";
import { Receipt } from "./webhook.ts";
import * as z from "zod/mini";

export type Method = "GET" | "POST";

/**
 * Who may call: `public` is every caller; `user` sends a Clerk session token; `catalog_reader` is a user, or every caller
 * with CATALOG_ACCESS=public; `clerk` and `stripe` sign the body; `scheduler` sends RECONCILE_SECRET.
 */
export type CallerKind = "public" | "user" | "catalog_reader" | "clerk" | "stripe" | "scheduler";

interface Endpoint {
  /** What it answers or does, in one line. */
  readonly summary: string;
  readonly callers: CallerKind;
  /** The query of a `GET`, the JSON body of a `POST`. */
  readonly input: Schema<unknown>;
  readonly output: z.ZodMiniType;
  /** The statuses of a success. */
  readonly statuses: readonly number[];
  readonly errors: readonly ErrorCode[];
}

const ANY = ["invalid_request", "not_found", "method_not_allowed", "internal"] as const;
const BODY = ["payload_too_large", "unsupported_media_type"] as const;
const USER = ["unauthenticated", "clerk_unavailable", "not_configured"] as const;
const OWNER = ["organization_required", "forbidden"] as const;
const CHECKOUT = [
  "account_closed",
  "price_not_offered",
  "already_subscribed",
  "already_purchased",
  "payment_pending",
  "checkout_in_progress",
  "currency_mismatch",
  "checkout_busy",
] as const;
const SERVICES = ["database_unavailable", "stripe_unavailable"] as const;

const catalogErrors = [...ANY, ...USER, ...SERVICES, "catalog_filling"] as const;
const products = {
  summary: "A page of products",
  callers: "catalog_reader",
  input: ListProducts,
  output: ProductPage,
  statuses: [200],
} as const;
const prices = {
  summary: "A page of prices of active products",
  callers: "catalog_reader",
  input: ListPrices,
  output: PricePage,
  statuses: [200],
} as const;

const invoices = {
  summary: "A page of the owner's invoices, or the one that is named",
  callers: "user",
  input: ListInvoices,
  output: InvoicePage,
  statuses: [200],
} as const;
const invoiceErrors = [...ANY, ...USER, ...OWNER, "database_unavailable"] as const;
const subscription = {
  summary: "What the owner has bought, and what it grants",
  callers: "user",
  input: SubscriptionInput,
  output: SubscriptionState,
  statuses: [200],
} as const;
const subscriptionErrors = [
  ...ANY,
  ...USER,
  "organization_required",
  "session_not_found",
  "database_unavailable",
] as const;

const CHANGE = ["subscription_not_found", "subscription_ended", "not_in_portal"] as const;

export const ENDPOINTS = {
  "clerk-webhook": {
    POST: {
      summary: "The outcome of an event",
      callers: "clerk",
      input: NoInput,
      output: Receipt,
      statuses: [200],
      errors: [
        ...ANY,
        ...SERVICES,
        "payload_too_large",
        "invalid_signature",
        "event_busy",
        "clerk_unavailable",
        "not_configured",
      ],
    },
  },

  health: {
    GET: {
      summary: "Which services are configured",
      callers: "public",
      input: NoInput,
      output: Health,
      statuses: [200],
      errors: ANY,
    },
  },

  "stripe-checkout": {
    POST: {
      summary: "A payment page for a price on offer",
      callers: "user",
      input: CheckoutInput,
      output: Checkout,
      statuses: [200, 201],
      errors: [...ANY, ...BODY, ...USER, ...OWNER, ...SERVICES, "customer_busy", ...CHECKOUT],
    },
  },

  "stripe-customer": {
    GET: {
      summary: "The owner's Stripe customer, or 404",
      callers: "user",
      input: CustomerInput,
      output: Customer,
      statuses: [200],
      errors: [...ANY, ...USER, ...OWNER, "customer_not_found", "database_unavailable"],
    },
    POST: {
      summary: "The owner's Stripe customer, created if there is none",
      callers: "user",
      input: CustomerInput,
      output: Customer,
      statuses: [200, 201],
      errors: [...ANY, ...BODY, ...USER, ...OWNER, ...SERVICES, "customer_busy"],
    },
  },

  "stripe-invoices": {
    GET: { ...invoices, errors: invoiceErrors },
    POST: { ...invoices, errors: [...invoiceErrors, ...BODY] },
  },

  "stripe-portal": {
    POST: {
      summary: "A link to Stripe's customer portal",
      callers: "user",
      input: OpenPortal,
      output: PortalLink,
      statuses: [200],
      errors: [
        ...ANY,
        ...BODY,
        ...USER,
        ...OWNER,
        ...SERVICES,
        ...CHANGE,
        "customer_not_found",
        "price_not_offered",
        "already_canceling",
        "checkout_in_progress",
      ],
    },
  },

  "stripe-prices": {
    GET: { ...prices, statuses: [200, 304], errors: catalogErrors },
    POST: { ...prices, errors: [...catalogErrors, ...BODY] },
  },

  "stripe-products": {
    GET: { ...products, statuses: [200, 304], errors: catalogErrors },
    POST: { ...products, errors: [...catalogErrors, ...BODY] },
  },

  "stripe-reconcile": {
    POST: {
      summary: "Whether a run was started, or what it did",
      callers: "scheduler",
      input: ReconcileInput,
      output: z.union([Reconciled, Started, Backfilled]),
      statuses: [200, 202],
      errors: [...ANY, ...BODY, ...SERVICES, "unauthenticated", "not_configured"],
    },
  },

  "stripe-subscription": {
    GET: { ...subscription, errors: subscriptionErrors },
    POST: { ...subscription, errors: [...subscriptionErrors, ...BODY] },
  },

  "stripe-subscription-preview": {
    POST: {
      summary: "What a change of a subscription charges",
      callers: "user",
      input: PreviewChange,
      output: ChangePreview,
      statuses: [200],
      errors: [...ANY, ...BODY, ...USER, ...OWNER, ...SERVICES, ...CHANGE, "price_not_offered"],
    },
  },

  "stripe-subscription-update": {
    POST: {
      summary: "The subscription, which will end or was resumed",
      callers: "user",
      input: UpdateSubscription,
      output: OwnedSubscription,
      statuses: [200],
      errors: [...ANY, ...BODY, ...USER, ...OWNER, ...SERVICES, ...CHANGE],
    },
  },

  "stripe-webhook": {
    POST: {
      summary: "The outcome of an event",
      callers: "stripe",
      input: NoInput,
      output: Receipt,
      statuses: [200],
      errors: [...ANY, ...SERVICES, "payload_too_large", "invalid_signature", "event_busy", "not_configured"],
    },
  },
} as const satisfies Record<string, Partial<Record<Method, Endpoint>>>;

export type EndpointName = keyof typeof ENDPOINTS;

/** The input of each method of an endpoint. */
export type Inputs<Name extends EndpointName> = {
  [Allowed in keyof (typeof ENDPOINTS)[Name]]: (typeof ENDPOINTS)[Name][Allowed] extends { input: Schema<infer Input> }
    ? Input
    : never;
};
