/**
 * The Stripe objects that are mirrored: the one list that the readers, the events, the backfill and the commands follow.
 * How each is read from Stripe is in stripe/mirrored.ts. docs/06-templates.md lists the steps for a new kind.
 */

interface Kind {
  /** The mirror table; without its prefix it is the label that people read. */
  readonly table: `stripe_${string}`;
  /**
   * Whether Stripe lists every object, with the filter `created`, or only those of one customer or product, whose id is
   * then the object's.
   */
  readonly listed: "all" | "perCustomer" | "perProduct";
  /**
   * The events after which the object is fetched, by the field of the event's own object that holds its id. An event of
   * several kinds is of the first whose field has an id.
   * https://docs.stripe.com/api/events/types
   */
  readonly events: Readonly<Record<string, readonly string[]>>;
}

/** By Stripe's `object` field, in the order in which progress is shown. Stripe's list of a product's features has none. */
export const MIRRORED_KINDS = {
  // A deleted customer ends its mapping.
  customer: {
    table: "stripe_customers",
    listed: "all",
    events: { id: ["customer.created", "customer.updated", "customer.deleted"] },
  },

  product: {
    table: "stripe_products",
    listed: "all",
    events: { id: ["product.created", "product.updated", "product.deleted"] },
  },

  price: {
    table: "stripe_prices",
    listed: "all",
    events: { id: ["price.created", "price.updated", "price.deleted"] },
  },

  // With its items. A cancellation in the customer portal is an update; a checkout names the subscription it created.
  subscription: {
    table: "stripe_subscriptions",
    listed: "all",
    events: {
      id: [
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired",
        "customer.subscription.trial_will_end",
      ],
      subscription: [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
      ],
    },
  },

  // `invoice.upcoming` is not among the events: its invoice has no id yet.
  invoice: {
    table: "stripe_invoices",
    listed: "all",
    events: {
      id: [
        "invoice.created",
        "invoice.updated",
        "invoice.deleted",
        "invoice.finalized",
        "invoice.finalization_failed",
        "invoice.sent",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "invoice.overdue",
        "invoice.voided",
        "invoice.marked_uncollectible",
      ],
    },
  },

  // Of one-time purchases, and of this deployment only: see the table's condition.
  payment_intent: {
    table: "stripe_payment_intents",
    listed: "all",
    events: {
      payment_intent: [
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "refund.updated",
        "refund.failed",
      ],
    },
  },

  // The same; a session in subscription mode names its subscription, which is fetched instead.
  "checkout.session": {
    table: "stripe_checkout_sessions",
    listed: "all",
    events: {
      id: [
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
      ],
    },
  },

  // All features of one product. No event tells of them.
  product_features: {
    table: "stripe_product_features",
    listed: "perProduct",
    events: {},
  },

  // Everything that one customer may use now.
  "entitlements.active_entitlement_summary": {
    table: "stripe_entitlements",
    listed: "perCustomer",
    events: { customer: ["entitlements.active_entitlement_summary.updated"] },
  },
} as const satisfies Record<string, Kind>;

export type MirroredKind = keyof typeof MIRRORED_KINDS;

/** The kinds that Stripe lists in full. */
export type ListedKind = {
  [Name in MirroredKind]: (typeof MIRRORED_KINDS)[Name]["listed"] extends "all" ? Name : never;
}[MirroredKind];

/** What a kind is listed by, if Stripe does not list it in full. */
export function parentOf(kind: MirroredKind): "customer" | "product" | null {
  const { listed } = MIRRORED_KINDS[kind];
  return listed === "all" ? null : listed === "perCustomer" ? "customer" : "product";
}

/** The labels of the kinds, as in `customers`, in the order in which progress is shown. */
export const kindLabels = (): Record<MirroredKind, string> =>
  Object.fromEntries(
    Object.entries(MIRRORED_KINDS).map(([kind, { table }]) => [kind, table.slice("stripe_".length)]),
  ) as Record<MirroredKind, string>;
