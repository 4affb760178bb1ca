import { accessEnv } from "../env.ts";
import type { MirroredKind } from "../contract/mirrored_kinds.ts";
import { rpc } from "./client.ts";
import { json } from "./json.ts";
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
export const claimReconcile = () => rpc("claim_reconcile", accessEnv().policy);

/**
 * Enters the events that are not in the ledger.
 *
 * @param cursor Where to resume; null when the window was listed to its end.
 * @returns How many were entered; null when the run was overtaken.
 */
export const recordEventsPage = (run_id: number, events: LedgerEvent[], cursor: string | null) =>
  rpc("record_events_page", { run_id, events: json(events), cursor: cursor ?? undefined });

/** A list that drift detection walks through: what has not ended, every object, or one customer's or product's objects after another's. */
export interface DriftWalk {
  kind: MirroredKind;
  scope: "live" | "all" | "customer" | "product";
}

/** The page to read next, after `page_cursor`; or, customer by customer or product by product, whose objects to fetch. */
export interface DriftPageClaim extends DriftWalk {
  ticket: number;
  page_cursor: string | null;
  ids: string[] | null;
}

/** No kind: nothing is due, the reads are used up, or another run has taken over. */
export type DriftClaim = DriftPageClaim | { kind: null };

/** What was compared: a page of a list, or nothing of a walk that fetches objects singly. */
export interface DriftPage {
  objects: MirroredObject[];
  /** The ids of objects that lack a part of `cut_field`. */
  cut: string[];
  cut_field: string | null;
  /** When the last object was created, in Unix seconds. */
  oldest: number | null;
  /** The id that the next page begins after; null at the end of the list. */
  cursor: string | null;
}

/** Draws a ticket for the next page of the walks that are due. */
export const claimDriftPage = (run_id: number, walks: readonly DriftWalk[]) =>
  rpc("claim_drift_page", { run_id, walks: json(walks) });

/**
 * Compares and records a page.
 *
 * @param unstable Fields that are not compared.
 * @returns How many objects had drifted, and what to fetch singly; null when the run was overtaken.
 */
export async function recordDriftPage(
  run_id: number,
  { kind, scope, ticket }: DriftPageClaim,
  { objects, cut, cut_field, oldest, cursor }: DriftPage,
  unstable: readonly string[],
) {
  const { drifted, singles } = await rpc("record_drift_page", {
    ...{ run_id, kind, scope, ticket, cut, objects: json(objects), unstable: [...unstable] },
    ...{ cut_field: cut_field ?? undefined, oldest: oldest ?? undefined, cursor: cursor ?? undefined },
  });
  return drifted === null ? null : { drifted, singles };
}

/** Ends a walk that cannot go on. @param restart Whether it begins again at once. */
export const stopDriftWalk = (run_id: number, { kind, scope }: DriftWalk, restart: boolean) =>
  rpc("stop_drift_walk", { run_id, kind, scope, restart });

/** Records objects that were fetched singly. @returns How many had changed without an event. */
export const recordDriftCheck = (ticket: number, objects: MirroredObject[], unstable: readonly string[]) =>
  rpc("detect_drift", { ticket, objects: json(objects), unstable: [...unstable] });

/** @returns How many old rows were deleted. */
export const pruneLedger = () => rpc("prune_ledger", {});

/**
 * Ends a run before its lease ends.
 *
 * @param poll_after Seconds until the next poll, if Stripe refused this one.
 */
export const releaseReconcile = (run_id: number, poll_after?: number) =>
  rpc("release_reconcile", { run_id, poll_after });
