import { json, rpc } from "./client.ts";
import type { MirroredObject } from "./mirror.ts";

/** A run id and where to resume; no run id: another run has the lease, or no fill is due. */
export interface FillClaim {
  run_id: number | null;
  cursor: string | null;
}

/** Begins a run of the catalog fill, if one is due. */
export const claimFill = () => rpc("claim_catalog_fill", {});

/** @returns False when the run was overtaken. */
export const recordPage = (run_id: number, objects: MirroredObject[], cursor: string) =>
  rpc("record_catalog_page", { run_id, objects: json(objects), cursor });

/** @returns False when the run was overtaken. */
export const completeFill = (run_id: number, refresh_seconds: number) =>
  rpc("complete_catalog_fill", { run_id, refresh_seconds });

/** @param retry_after Seconds until the next run may resume. */
export const failFill = (run_id: number, retry_after: number) => rpc("fail_catalog_fill", { run_id, retry_after });
