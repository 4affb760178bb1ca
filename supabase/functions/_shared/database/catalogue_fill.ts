import { json, rpc } from "./client.ts";
import type { Mirrored } from "./mirror.ts";

/** The filler's pass and where to go on; no ticket: somebody else is at it, or it is not due. */
export interface FillClaim {
  ticket: number | null;
  cursor: string | null;
  retry_after: number | null;
}

export const claimFill = async () => await rpc("claim_catalogue_fill", {}) as FillClaim;

/** @returns False when another filler has taken over. */
export const recordPage = (
  ticket: number,
  objects: Mirrored[],
  cursor: string,
) => rpc("record_catalogue_page", { ticket, objects: json(objects), cursor });

/** @returns False when another filler has taken over. */
export const completeFill = (ticket: number, refresh_seconds: number) =>
  rpc("complete_catalogue_fill", { ticket, refresh_seconds });

/** @param retry_after In seconds: when the next filler may go on. */
export const failFill = (ticket: number, retry_after: number) => rpc("fail_catalogue_fill", { ticket, retry_after });
