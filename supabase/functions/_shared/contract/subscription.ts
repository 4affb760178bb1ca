/** What an owner has bought, and what it grants. Field names and statuses are Stripe's, times are Unix seconds. */
import * as z from "zod/mini";
import { flag } from "./input.ts";
import { orNull } from "./or_null.ts";
import { owner } from "./owner.ts";

/** `GET` and `POST stripe-subscription`. */
export const SubscriptionInput = z.strictObject({
  ...owner,
  /** Fetches from Stripe first, for the page after a checkout: its webhook may be late. */
  sync: z._default(flag(), false),
  /** The Checkout session that the buyer returns from. */
  session_id: z.optional(z.string().check(z.regex(/^cs_(test|live)_\w{1,240}$/, "Give the id of a Checkout session"))),
}).check(z.refine(({ sync, session_id }) => sync || session_id === undefined, {
  path: ["session_id"],
  message: "Give sync=true with it: a session is fetched from Stripe",
}));
export type SubscriptionInput = z.infer<typeof SubscriptionInput>;

/** The first of these that fits any subscription; `canceled`: all have ended; `none`: none of them fits. */
export const OWNER_STATUSES = [
  "active",
  "trialing",
  "past_due",
  "unpaid",
  "paused",
  "incomplete",
  "canceled",
  "none",
] as const;

const Item = z.object({
  id: z.string(),
  price: z.string(),
  product: z.string(),
  /** Null for a metered price. */
  quantity: orNull(z.int()),
  current_period_start: orNull(z.int()),
  current_period_end: orNull(z.int()),
});

/** A change that is not in effect yet. */
const PendingChange = z.object({
  /** `payment`: its invoice must be paid before `expires_at`. `schedule`: a schedule at Stripe will make it. */
  reason: z.enum(["payment", "schedule"]),
  expires_at: orNull(z.int()),
  /** As they will be; none where only the schedule at Stripe has them. */
  items: z.array(z.object({ price: z.string(), quantity: orNull(z.int()) })),
});

const OwnedSubscription = z.object({
  id: z.string(),
  status: z.string(),
  /** What an owner may have once: see docs/10-selling.md. */
  slot: orNull(z.string()),
  created: z.int(),
  currency: orNull(z.string()),
  items: z.array(Item),
  /** Of its first item. */
  current_period_end: orNull(z.int()),
  trial_start: orNull(z.int()),
  trial_end: orNull(z.int()),
  /** When it will end, however that was decided; null while no end is set, and after the end. */
  will_cancel_at: orNull(z.int()),
  canceled_at: orNull(z.int()),
  ended_at: orNull(z.int()),
  pending_change: orNull(PendingChange),
});

const Purchase = z.object({
  /** The Checkout session. */
  session: z.string(),
  product: z.string(),
  price: z.string(),
  quantity: z.int(),
  created: z.int(),
  status: z.enum(["paid", "processing", "failed", "refunded", "disputed"]),
});

const Attention = z.object({
  subscription: z.string(),
  reason: z.enum(["past_due", "unpaid", "incomplete", "action_required", "paused", "trial_ending"]),
  /** Stripe's page of the open invoice; null without one, and for a member who may not act on the billing. */
  pay_url: orNull(z.string()),
});

/** What the database answers; newest first. */
export const OwnerState = z.object({
  customer_id: z.nullable(z.string()),
  status: z.enum(OWNER_STATUSES),
  /** Whether the owner may use what was bought: see docs/10-selling.md. */
  access: z.boolean(),
  subscriptions: z.array(OwnedSubscription),
  purchases: z.array(Purchase),
  /** Lookup keys, as has_entitlement() sees them. */
  entitlements: z.array(z.string()),
  attention: z.array(Attention),
});
export type OwnerState = z.infer<typeof OwnerState>;

/** Of the session that the input names; statuses are Stripe's. */
export const CheckoutState = z.object({ status: orNull(z.string()), payment_status: z.string() });
export type CheckoutState = z.infer<typeof CheckoutState>;

export const SubscriptionState = z.extend(OwnerState, {
  owner: z.string(),
  /** Whether this call fetched from Stripe; false also when another call did within 3 seconds, or Stripe failed. */
  synced: z.boolean(),
  checkout: z.optional(CheckoutState),
});
export type SubscriptionState = z.infer<typeof SubscriptionState>;
