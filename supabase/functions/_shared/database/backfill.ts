import { json, rpc } from "./client.ts";
import type { MirroredObject } from "./mirror.ts";

export type BackfillKind = "customers" | "products" | "prices" | "subscriptions" | "invoices" | "entitlements";

/** Where a backfill stands: what to list, and after which id; null to begin. */
export interface BackfillPlace {
  kind: BackfillKind;
  page_cursor: string | null;
}

/** The run_id of who goes on, and where; without one it is completed, or somebody else is at it. */
export type BackfillClaim =
  & { counts: Record<string, number> }
  & ((BackfillPlace & { run_id: number }) | { run_id: null; completed: boolean });

/** What comes next; `overtaken`: another run has taken over. */
export type BackfillStep = BackfillPlace | "completed" | "overtaken";

export const claimBackfill = async (restart: boolean) =>
  await rpc("claim_backfill", { restart }) as unknown as BackfillClaim;

/** @param cursor Where to go on; null when this kind was listed to its end. */
export async function recordBackfillPage(
  run_id: number,
  kind: BackfillKind,
  objects: MirroredObject[],
  cursor: string | null,
): Promise<BackfillStep> {
  const step = await rpc("record_backfill_page", { run_id, kind, objects: json(objects), cursor: cursor ?? undefined });
  if (step.completed) return "completed";
  return step.kind === null ? "overtaken" : step as BackfillPlace;
}

/** @returns The ids of mirrored customers who live, in order. */
export const listCustomersAfter = async (after: string | null, batch_size: number) =>
  await rpc("list_customers_after", { after: after ?? undefined, batch_size }) as string[];

export const releaseBackfill = (run_id: number) => rpc("release_backfill", { run_id });
