import { rpc } from "./client.ts";

/** What is known of an owner at Clerk. */
export interface ClerkOwner {
  customer_id: string | null;
  /** Whether the owner's departure has begun. */
  closed: boolean;
  /** The Clerk instances of signed deletions that are not finished; an empty text for one without an instance. */
  deletions: string[];
}

export const findClerkOwner = (owner_id: string) => rpc("find_clerk_owner", { owner_id });

/** From now on no checkout of the owner is begun or handed out. */
export const closeCheckouts = (owner_id: string) => rpc("close_checkouts", { owner_id });

/** Closed owners with a live subscription that will not end. */
export const claimDepartures = () => rpc("claim_departures", {});

/** Owners who pay and for whom Clerk was not asked for a day: a hundred at most, all users or all organizations. */
export const claimStalePayers = () => rpc("claim_stale_payers", {});

/** Records which of these owners Clerk does not have. */
export const recordPayers = (checked: string[], missing: string[]) => rpc("record_payers", { checked, missing });
