import type { MirroredKind } from "../contract/mirrored_kinds.ts";
import { rpc } from "./client.ts";
import { json } from "./json.ts";
import type { MirroredObject } from "./mirror.ts";

/** Objects of one kind, by their time of creation in Unix seconds, that are listed page by page. */
export interface BackfillRange {
  id: number;
  kind: MirroredKind;
  /** Null: from the beginning. */
  created_from: number | null;
  /** Exclusive; null: until now. */
  created_to: number | null;
  /** The id to list after; null to begin. */
  page_cursor: string | null;
  /** Nothing is left to list: a page without objects continues to rebuild mappings. */
  listed: boolean;
}

/** A run id and what to list; without a run id the backfill is completed, or another run has the lease. */
export type BackfillClaim =
  & { counts: Record<string, number> }
  & ({ run_id: number; ranges: BackfillRange[] } | { run_id: null; completed: boolean });

/** What is left; `overtaken`: another run has claimed the backfill. */
export type BackfillStep = BackfillRange[] | "completed" | "overtaken";

/** @param restart Whether to list everything again although a backfill was completed. */
export const claimBackfill = (restart: boolean) => rpc("claim_backfill", { restart });

/**
 * @param cursor Where the range continues; null when it was listed to its end.
 * @param split_at What was created before may be listed at the same time.
 */
export async function recordBackfillPage(
  run_id: number,
  range_id: number,
  objects: MirroredObject[],
  cursor: string | null,
  split_at?: number,
): Promise<BackfillStep> {
  const page = { run_id, range_id, objects: json(objects), cursor: cursor ?? undefined, split_at };
  const { ranges, completed } = await rpc("record_backfill_page", page);
  return ranges === null ? "overtaken" : completed ? "completed" : ranges;
}

/** @returns The ids of customers who may have something that Stripe lists by customer, in order. */
export const listSubscribersAfter = (after: string | null, batch_size: number) =>
  rpc("list_subscribers_after", { after: after ?? undefined, batch_size });

/** @returns The ids of products whose features may grant something, in order. */
export const listFeaturedProductsAfter = (after: string | null, batch_size: number) =>
  rpc("list_featured_products_after", { after: after ?? undefined, batch_size });

/** Ends a run before its lease ends. @returns How far the backfill is, from 0 to 1; null if that is not known */
export const releaseBackfill = (run_id: number) => rpc("release_backfill", { run_id });
