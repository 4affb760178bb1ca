import type { ListedKind } from "../contract/mirrored_kinds.ts";
import { rpc } from "./client.ts";
import { json } from "./json.ts";
import type { MirroredObject } from "./mirror.ts";

/** A run id and where to resume; no run id: another run has the lease, or no fill is due. */
export interface FillClaim {
  run_id: number | null;
  /** Null to begin. */
  kind: string | null;
  /** The id to list after; null to begin with the kind. */
  cursor: string | null;
}

/** Begins a run of the catalog fill, if one is due. */
export const claimFill = () => rpc("claim_catalog_fill", {});

/**
 * @param kind The kind of the next page.
 * @param cursor The id that the next page begins after; null to begin with the kind.
 * @returns False when the run was overtaken.
 */
export const recordPage = (run_id: number, objects: MirroredObject[], kind: ListedKind, cursor: string | null) =>
  rpc("record_catalog_page", { run_id, objects: json(objects), kind, cursor: cursor as string });

/** Some of the mirrored objects that the fill did not list. */
export const listUnlisted = (run_id: number, batch_size: number) =>
  rpc("list_unlisted_catalog", { run_id, batch_size });

/** @returns False when the run was overtaken. */
export const completeFill = (run_id: number, refresh_seconds: number) =>
  rpc("complete_catalog_fill", { run_id, refresh_seconds });

/** @param retry_after Seconds until the next run may resume. */
export const failFill = (run_id: number, retry_after: number) => rpc("fail_catalog_fill", { run_id, retry_after });
