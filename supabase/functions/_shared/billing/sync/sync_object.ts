import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { Mirror } from "./fetch_and_record.ts";
import { type FetchGateways, fetchWithCompanions } from "./fetch_object.ts";
import type { Arrival } from "./share_fetches.ts";
import { type RunGateways, runSync, type SyncResult } from "./run_sync.ts";

export interface SyncGateways extends FetchGateways {
  database: Pick<Mirror, "recordObjects"> & RunGateways["database"];
}

/**
 * Fetches an object under the ticket of its events and records it, which finishes the events in the same transaction: so
 * they are finished exactly when their object is recorded.
 *
 * @param share Lets other events of the object share the fetch, under the last of their tickets.
 */
export function syncObject(
  ticket: number,
  ref: ObjectRef,
  gateways: SyncGateways,
  share: Arrival["fetch"] = (ticket, fetch) => fetch(ticket),
): Promise<SyncResult> {
  const fetchAndFinish = async (ticket: number) => {
    await gateways.database.recordObjects(ticket, await fetchWithCompanions(ref, gateways));
  };
  return runSync(ticket, ref, () => share(ticket, fetchAndFinish), gateways);
}
