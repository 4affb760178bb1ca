/** What the functions and the webhook endpoint speak; the type check compares it with the SDK's. */
export const STRIPE_API_VERSION = "2026-10-28.endive";

/** The kinds of Stripe's objects that are mirrored, by their `object` field. */
export type MirroredKind =
  | "customer"
  | "entitlements.active_entitlement_summary"
  | "invoice"
  | "price"
  | "product"
  | "subscription";

/** The one mirrored object that an event tells us to look at. */
export interface ObjectRef {
  object: MirroredKind;
  object_id: string;
}

/** Which object an event is about, and the field of the event's own object that holds its id. */
interface EventRule {
  readonly object: MirroredKind;
  readonly idIn: "id" | "customer" | "subscription";
}

const product: EventRule = { object: "product", idIn: "id" };
const price: EventRule = { object: "price", idIn: "id" };
const customer: EventRule = { object: "customer", idIn: "id" };
const subscription: EventRule = { object: "subscription", idIn: "id" };
const invoice: EventRule = { object: "invoice", idIn: "id" };
const entitlements: EventRule = { object: "entitlements.active_entitlement_summary", idIn: "customer" };
const bought: EventRule = { object: "subscription", idIn: "subscription" };

/**
 * Every event that Stripe is asked to send, and what each is a hint to look at: the handler, the endpoint's
 * registration and docs/03-api.md follow this table. https://docs.stripe.com/api/events/types
 */
export const STRIPE_EVENTS: Readonly<Record<string, EventRule>> = {
  // The catalog
  "product.created": product,
  "product.updated": product,
  "product.deleted": product,
  "price.created": price,
  "price.updated": price,
  "price.deleted": price,

  // Customers: a deleted one ends its mapping
  "customer.created": customer,
  "customer.updated": customer,
  "customer.deleted": customer,

  // Subscriptions, with their items; the portal's cancellation is an update
  "customer.subscription.created": subscription,
  "customer.subscription.updated": subscription,
  "customer.subscription.deleted": subscription,
  "customer.subscription.paused": subscription,
  "customer.subscription.resumed": subscription,
  "customer.subscription.pending_update_applied": subscription,
  "customer.subscription.pending_update_expired": subscription,
  "customer.subscription.trial_will_end": subscription,

  // Invoices; `invoice.upcoming` is none yet, it has no id
  "invoice.created": invoice,
  "invoice.updated": invoice,
  "invoice.deleted": invoice,
  "invoice.finalized": invoice,
  "invoice.finalization_failed": invoice,
  "invoice.sent": invoice,
  "invoice.paid": invoice,
  "invoice.payment_succeeded": invoice,
  "invoice.payment_failed": invoice,
  "invoice.payment_action_required": invoice,
  "invoice.overdue": invoice,
  "invoice.voided": invoice,
  "invoice.marked_uncollectible": invoice,

  // What a customer may use now: the whole set, whatever changed in it
  "entitlements.active_entitlement_summary.updated": entitlements,

  // A checkout that ended, paid or not: the subscription that came of it
  "checkout.session.completed": bought,
  "checkout.session.async_payment_succeeded": bought,
  "checkout.session.async_payment_failed": bought,
};

/** What to look at after an event; null when we mirror nothing of the kind, or it names nothing that could be asked for. */
export function objectRefOf({ type, data }: { type: string; data: { object: object } }): ObjectRef | null {
  const rule = Object.hasOwn(STRIPE_EVENTS, type) ? STRIPE_EVENTS[type]! : undefined;
  const id = rule && (data.object as Record<string, unknown>)[rule.idIn];
  return rule && isName(id) && !ELSEWHERE.test(id) ? { object: rule.object, object_id: id } : null;
}

/** What would lead to another path than an object's, where its id stands. */
const ELSEWHERE = /^(\.{1,2}|search|upcoming)$/;

/** Whether it is an id, a type or a version as Stripe might write them; a merchant chooses the ids of his products. */
export const isName = (given: unknown): given is string =>
  typeof given === "string" && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(given);
