import type { ObjectRef } from "../contract/stripe_events.ts";
import { rpc } from "./client.ts";

/** An event as the ledger keeps it. */
export interface LedgerEvent extends ObjectRef {
  id: string;
  type: string;
  api_version: string | null;
  /** Unix seconds, Stripe's. */
  created: number;
}

/** `look` under this ticket; `leased`: somebody is at it; `done` before. */
export type EventClaim = { step: "fetch"; ticket: number } | { step: "leased" } | { step: "done" };

/** An object that events wait for, and the ticket to look at it under. */
export interface DueObject extends ObjectRef {
  ticket: number;
  /** How many events one look will finish. */
  events: number;
}

/**
 * What a look failed of: Stripe's rate limit, something that passes, or something that will be the same the next time,
 * of which an event dies in the end.
 */
export interface SyncFailure {
  failure: "rate_limited" | "passing" | "permanent";
  /** Kept in the ledger for operators: an error code, nothing that Stripe said. */
  reason: string;
  /** Seconds, at least. */
  retry_after?: number;
}

export const claimEvent = async ({ id, type, api_version, ...event }: LedgerEvent) =>
  await rpc("claim_event", {
    ...event,
    event_id: id,
    event_type: type,
    api_version: api_version ?? undefined,
  }) as EventClaim;

/** Those that have waited longest, each put under a ticket of its own and leased to the caller for a minute. */
export const claimDueObjects = async (batch_size: number) =>
  await rpc("claim_due_objects", { batch_size }) as unknown as DueObject[];

/** @returns `deferred` when the reconcile is about and will take it, `dead` when it was the last try. */
export const failSync = async (ticket: number, object_id: string, failure: SyncFailure) =>
  await rpc("fail_sync", { ticket, object_id, ...failure }) as "deferred" | "dead" | "retry";
