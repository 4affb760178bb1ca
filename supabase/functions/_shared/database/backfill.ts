import type { MirroredKind } from "../contract/mirrored_kinds.ts";
import { json, rpc } from "./client.ts";
import type { MirroredObject } from "./mirror.ts";

/** Where a backfill resumes: the kind to list, and the id to list after; null to begin. */
export interface BackfillPlace {
  kind: MirroredKind;
  page_cursor: string | null;
}

/** A run id and where to resume; without a run id the backfill is completed, or another run has the lease. */
export type BackfillClaim =
  & { counts: Record<string, number> }
  & ((BackfillPlace & { run_id: number }) | { run_id: null; completed: boolean });

/** What comes next; `overtaken`: another run has claimed the backfill. */
export type BackfillStep = BackfillPlace | "completed" | "overtaken";

/** @param restart Whether to list everything again although a backfill was completed. */
export const claimBackfill = (restart: boolean) => rpc("claim_backfill", { restart });

/** @param cursor Where to resume; null when this kind was listed to its end. */
export async function recordBackfillPage(
  run_id: number,
  kind: MirroredKind,
  objects: MirroredObject[],
  cursor: string | null,
): Promise<BackfillStep> {
  const step = await rpc("record_backfill_page", { run_id, kind, objects: json(objects), cursor: cursor ?? undefined });
  if (step.kind !== null) return { kind: step.kind, page_cursor: step.page_cursor };
  return step.completed ? "completed" : "overtaken";
}

/** @returns The ids of mirrored, living customers in order. */
export const listCustomersAfter = (after: string | null, batch_size: number) =>
  rpc("list_customers_after", { after: after ?? undefined, batch_size });

/** Ends a run before its lease ends. */
export const releaseBackfill = (run_id: number) => rpc("release_backfill", { run_id });
