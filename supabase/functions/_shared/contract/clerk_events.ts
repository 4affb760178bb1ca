/** Clerk's events that are processed. Each is a hint to ask Clerk's Backend API for the owner. */

/** An owner at Clerk, as the ledger names it beside Stripe's objects. */
export type ClerkKind = "clerk.user" | "clerk.organization";

export interface ClerkRef {
  object: ClerkKind;
  /** Clerk's `user_…` or `org_…`. */
  object_id: string;
}

/** https://clerk.com/docs/guides/development/webhooks/overview#supported-webhook-events */
export const CLERK_EVENTS: Readonly<Record<string, ClerkKind>> = {
  "user.updated": "clerk.user",
  "user.deleted": "clerk.user",
  "organization.updated": "clerk.organization",
  "organization.deleted": "clerk.organization",
};

export const isClerkRef = (ref: { object: string }): ref is ClerkRef => ref.object.startsWith("clerk.");
