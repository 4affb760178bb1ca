import type * as api from "../../clerk/api.ts";
import type * as missingOwners from "../../clerk/missing_owners.ts";
import type * as departures from "../../database/departures.ts";
import { logWarning } from "../../log.ts";

export interface PayerGateways {
  clerk: Pick<typeof api, "hasClerkKey"> & Pick<typeof missingOwners, "findMissingOwners">;
  database: Pick<typeof departures, "claimStalePayers" | "recordPayers">;
}

/**
 * Asks Clerk in one request for up to a hundred owners who pay. One that Clerk does not have, because its deletion was
 * never delivered, is reported in billing.orphaned_payers and not canceled.
 */
export async function checkPayers({ clerk, database }: PayerGateways): Promise<void> {
  if (!clerk.hasClerkKey()) return;
  const payers = await database.claimStalePayers();
  if (payers.length === 0) return;
  const missing = await clerk.findMissingOwners(payers);
  await database.recordPayers(payers, missing);
  if (missing.length > 0) {
    logWarning(`Clerk does not have ${missing.length} owners who pay: see orphaned_payers`, undefined);
  }
}
