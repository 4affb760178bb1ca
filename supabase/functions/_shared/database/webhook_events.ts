import type { ClerkRef } from "../contract/clerk_events.ts";
import type { ListedKind } from "../contract/mirrored_kinds.ts";
import type { ObjectRef } from "../contract/stripe_events.ts";
import { rpc } from "./client.ts";
import { claimInBatch } from "./event_batches.ts";

/** What an event refers to: an object at Stripe, or an owner at Clerk. */
export type LedgerRef = ObjectRef | ClerkRef;

/** An event as the ledger keeps it. */
export type LedgerEvent = LedgerRef & {
  id: string;
  type: string;
  /** Of Stripe's event. */
  api_version: string | null;
  /** The Clerk instance that sent it. */
  instance_id?: string;
  /** Unix seconds, the sender's. */
  created: number;
};

/**
 * `fetch` the object under this ticket; `wait` for more events of it; `leased`: another worker processes the event;
 * `done`: it is finished; `foreign`: it names an account that is not the deployment's.
 */
export type EventClaim = { step: "fetch"; ticket: number } | { step: "wait" | "leased" | "done" | "foreign" };

/** An object with due events, and the ticket to fetch it under. */
export type DueObject = LedgerRef & { ticket: number };

/** New objects with due events, and the ticket to list them under. */
export interface DuePage {
  kind: ListedKind;
  ticket: number;
  ids: string[];
  /** When the first and the last of them were created, in Unix seconds. */
  created_from: number;
  created_to: number;
}

/** Why an object could not be fetched and recorded: Stripe's rate limit, a transient error, or one that will repeat. */
export interface SyncFailure {
  failure: "rate_limited" | "passing" | "permanent";
  /** Kept in the ledger for operators: an error code, nothing from Stripe's message. */
  reason: string;
  /** Seconds, at least. */
  retry_after?: number;
}

/** `deferred`: a reconcile run will retry, so Stripe need not deliver again. `dead`: this was the last attempt. */
export type SyncOutcome = "deferred" | "dead" | "retry";

export type ArrivedEvent = LedgerEvent & {
  /** The one that the event names, if it does. */
  account?: string;
  /** Whether one fetch may serve the events of the object that arrive in the next moment too. */
  may_wait?: boolean;
};

/** Enters an event into the ledger and leases it to the caller. */
export const claimEvent = (event: ArrivedEvent): Promise<EventClaim> => claimInBatch(event);

/** Leases all events of an object that no worker has. @returns The ticket to fetch it under; null if there is none */
export const claimWaiting = ({ object, object_id }: ObjectRef) => rpc("claim_waiting", { object, object_id });

/** Claims the objects whose events have been due longest, each under a ticket of its own, for a minute. */
export const claimDueObjects = (batch_size: number) => rpc("claim_due_objects", { batch_size });

/** Claims new objects of one of these kinds for a minute, if there are enough of them for a list; null if not. */
export const claimDuePage = (kinds: readonly ListedKind[]) => rpc("claim_due_page", { kinds: [...kinds] });

/** Finishes the events of an owner at Clerk up to this ticket. */
export const finishSync = (ticket: number, { object, object_id }: ClerkRef) =>
  rpc("finish_sync", { ticket, object, object_id });

/** Reschedules or dead-letters the events under this ticket. */
export const failSync = (ticket: number, object_id: string, failure: SyncFailure) =>
  rpc("fail_sync", { ticket, object_id, ...failure });
