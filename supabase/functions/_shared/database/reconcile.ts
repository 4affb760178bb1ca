import type { ObjectRef } from "../contract/stripe_events.ts";
import { json, rpc } from "./client.ts";
import type { MirroredObject } from "./mirror.ts";
import type { LedgerEvent } from "./webhook_events.ts";

/** The run_id of a run, and the window of events to list, in Unix seconds; no run_id: somebody else is at it. */
export type ReconcileClaim =
  | { run_id: number; window_from: number; window_to: number; window_cursor: string | null }
  | { run_id: null };

/** How a run leaves the ledger. */
export interface LedgerState {
  /** Events that could be looked into now, and all that are not finished. */
  due: number;
  pending: number;
  dead: number;
  backfill_due: boolean;
}

export const claimReconcile = async () => await rpc("claim_reconcile", {}) as ReconcileClaim;

/**
 * Enters the events that the ledger does not know.
 *
 * @param cursor Where to go on; null when the window was listed to its end.
 * @returns How many it did not know; null when another run has taken over.
 */
export const recordEventsPage = async (run_id: number, events: LedgerEvent[], cursor: string | null) =>
  await rpc("record_events_page", { run_id, events: json(events), cursor: cursor ?? undefined }) as number | null;

/** What nobody has looked at for longest, and not for a day. */
export const listLeastRecentlyFetched = async (batch_size: number) =>
  await rpc("list_least_recently_fetched", { batch_size }) as unknown as ObjectRef[];

/** Records what was looked at again. @returns How many had changed without an event that tells. */
export const recordDriftCheck = (ticket: number, objects: MirroredObject[]) =>
  rpc("detect_drift", { ticket, objects: json(objects) });

/** @returns How many old rows were deleted. */
export const pruneLedger = () => rpc("prune_ledger", {});

export const releaseReconcile = async (run_id: number) => await rpc("release_reconcile", { run_id }) as LedgerState;
