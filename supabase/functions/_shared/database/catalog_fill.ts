import { json, rpc } from "./client.ts";
import type { MirroredObject } from "./mirror.ts";

/** The filler's run_id and where to go on; no ticket: somebody else is at it, or it is not due. */
export interface FillClaim {
  ticket: number | null;
  cursor: string | null;
  retry_after: number | null;
}

export const claimFill = async () => await rpc("claim_catalog_fill", {}) as FillClaim;

/** @returns False when another filler has taken over. */
export const recordPage = (
  ticket: number,
  objects: MirroredObject[],
  cursor: string,
) => rpc("record_catalog_page", { ticket, objects: json(objects), cursor });

/** @returns False when another filler has taken over. */
export const completeFill = (ticket: number, refresh_seconds: number) =>
  rpc("complete_catalog_fill", { ticket, refresh_seconds });

/** @param retry_after In seconds: when the next filler may go on. */
export const failFill = (ticket: number, retry_after: number) => rpc("fail_catalog_fill", { ticket, retry_after });
