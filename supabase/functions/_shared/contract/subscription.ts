/** What an owner has bought, and what it grants. Field names and statuses are Stripe's, times are Unix seconds. */
import * as z from "zod/mini";
import { described } from "./described.ts";
import { flag } from "./input.ts";
import { orNull } from "./or_null.ts";
import { owner } from "./owner.ts";

/** `GET` and `POST stripe-subscription`. */
export const SubscriptionInput = z.strictObject({
  ...owner,
  sync: described(
    "Fetches from Stripe first, for the page after a checkout: its webhook may be late.",
    z._default(flag(), false),
  ),
  session_id: described(
    "The Checkout session that the buyer returns from.",
    z.optional(z.string().check(z.regex(/^cs_(test|live)_\w{1,240}$/, "Give the id of a Checkout session"))),
  ),
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

export const SubscriptionItem = z.object({
  id: z.string(),
  price: z.string(),
  product: z.string(),
  quantity: described("Null for a metered price.", orNull(z.int())),
  current_period_start: described("Unix seconds.", orNull(z.int())),
  current_period_end: described("Unix seconds.", orNull(z.int())),
});

export const PendingChange = described(
  "A change that is not in effect yet.",
  z.object({
    reason: described(
      "`payment`: its invoice must be paid before `expires_at`. `schedule`: a schedule at Stripe will make it.",
      z.enum(["payment", "schedule"]),
    ),
    expires_at: described("Unix seconds.", orNull(z.int())),
    items: described(
      "As they will be; none where only the schedule at Stripe has them.",
      z.array(z.object({ price: z.string(), quantity: orNull(z.int()) })),
    ),
  }),
);

export const OwnedSubscription = z.object({
  id: z.string(),
  status: z.string(),
  slot: described("What an owner may have once: see docs/10-selling.md.", orNull(z.string())),
  created: described("Unix seconds.", z.int()),
  currency: orNull(z.string()),
  items: z.array(SubscriptionItem),
  current_period_end: described("Of its first item, in Unix seconds.", orNull(z.int())),
  trial_start: described("Unix seconds.", orNull(z.int())),
  trial_end: described("Unix seconds.", orNull(z.int())),
  will_cancel_at: described(
    "When it will end, in Unix seconds, however that was decided; null while no end is set, and after the end.",
    orNull(z.int()),
  ),
  canceled_at: described("Unix seconds.", orNull(z.int())),
  ended_at: described("Unix seconds.", orNull(z.int())),
  pending_change: orNull(PendingChange),
});

export type OwnedSubscription = z.infer<typeof OwnedSubscription>;

export const Purchase = z.object({
  session: described("The Checkout session.", z.string()),
  product: z.string(),
  price: z.string(),
  quantity: z.int(),
  created: described("Unix seconds.", z.int()),
  status: z.enum(["paid", "processing", "failed", "refunded", "disputed"]),
});

export const Attention = z.object({
  subscription: z.string(),
  reason: z.enum(["past_due", "unpaid", "incomplete", "action_required", "paused", "trial_ending"]),
  pay_url: described(
    "Stripe's page of the open invoice; null without one, and for a member who may not act on the billing.",
    orNull(z.string()),
  ),
});

/** What the database answers; newest first. */
export const OwnerState = z.object({
  customer_id: z.nullable(z.string()),
  status: z.enum(OWNER_STATUSES),
  access: described("Whether the owner may use what was bought: see docs/10-selling.md.", z.boolean()),
  subscriptions: z.array(OwnedSubscription),
  purchases: z.array(Purchase),
  entitlements: described("Lookup keys of features, as has_entitlement() sees them.", z.array(z.string())),
  attention: z.array(Attention),
});
export type OwnerState = z.infer<typeof OwnerState>;

export const CheckoutState = described(
  "Of the session that the input names; statuses are Stripe's.",
  z.object({ status: orNull(z.string()), payment_status: z.string() }),
);
export type CheckoutState = z.infer<typeof CheckoutState>;

export const SubscriptionState = z.extend(OwnerState, {
  owner: z.string(),
  synced: described(
    "Whether this call fetched from Stripe; false also when another call did within 3 seconds, or Stripe failed.",
    z.boolean(),
  ),
  checkout: z.optional(CheckoutState),
});
export type SubscriptionState = z.infer<typeof SubscriptionState>;
