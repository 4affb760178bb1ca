import { json, rpc } from "./client.ts";
import type { MirroredObject } from "./mirror.ts";
import type { LedgerEvent } from "./webhook_events.ts";

/** The events to list: their times in Unix seconds, and the event to list after; null to begin. */
export interface EventWindow {
  window_from: number;
  window_to: number;
  window_cursor: string | null;
}

/** A run id, and the window of events to list; no window: no poll is due. No run id: another run has the lease. */
export type ReconcileClaim =
  | { run_id: number } & (EventWindow | { window_from: null })
  | { run_id: null };

/** The state of the ledger at the end of a run. */
export interface LedgerState {
  /** Events that could be processed now, and all that are not finished. */
  due: number;
  pending: number;
  dead: number;
  backfill_due: boolean;
}

/** Begins a run, if no other run has the lease. */
export const claimReconcile = () => rpc("claim_reconcile", {});

/**
 * Enters the events that are not in the ledger.
 *
 * @param cursor Where to resume; null when the window was listed to its end.
 * @returns How many were entered; null when the run was overtaken.
 */
export const recordEventsPage = (run_id: number, events: LedgerEvent[], cursor: string | null) =>
  rpc("record_events_page", { run_id, events: json(events), cursor: cursor ?? undefined });

/** @returns Some of the objects that were fetched longest ago, and not for a day. */
export const listLeastRecentlyFetched = (batch_size: number) => rpc("list_least_recently_fetched", { batch_size });

/** Records objects that were fetched again. @returns How many had changed without an event. */
export const recordDriftCheck = (ticket: number, objects: MirroredObject[]) =>
  rpc("detect_drift", { ticket, objects: json(objects) });

/** @returns How many old rows were deleted. */
export const pruneLedger = () => rpc("prune_ledger", {});

/**
 * Ends a run before its lease ends.
 *
 * @param poll_after Seconds until the next poll, if Stripe refused this one.
 */
export const releaseReconcile = (run_id: number, poll_after?: number) =>
  rpc("release_reconcile", { run_id, poll_after });
