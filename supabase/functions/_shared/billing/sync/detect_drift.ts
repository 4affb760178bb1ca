import { logWarning } from "../../log.ts";
import { isPermanent } from "./sync_object.ts";
import { fetchObject } from "./fetch_object.ts";
import type { TimeBudget } from "./time_budget.ts";
import type { ReconcileGateways } from "./reconcile.ts";

/** So many a run: with a run a minute, seventy thousand a day. */
const MOST = 50;

/**
 * Looks again at what nobody has looked at for longest, and reports what had changed without an event that tells. One
 * object that cannot be read or recorded keeps no other from its turn; after any other failure there is a next run.
 *
 * @returns How many were looked at, how many of them had changed, and how many looks failed.
 */
export async function detectDrift(budget: TimeBudget, gateways: ReconcileGateways) {
  const { database } = gateways;
  const done = { refetched: 0, drifted: 0, failed: 0 };
  if (!budget.hasTimeLeft) return done;
  for (const ref of await database.listLeastRecentlyFetched(MOST)) {
    if (!await budget.next()) break;
    const ticket = await database.drawTicket();
    const name = `${ref.object} "${ref.object_id}"`;
    try {
      const drifted = await database.recordDriftCheck(ticket, [await fetchObject(ref, gateways)]);
      if (drifted > 0) logWarning(`The mirror of ${name} had drifted`, undefined);
      done.refetched++;
      done.drifted += drifted;
    } catch (error) {
      logWarning(`The mirror of ${name} could not be compared`, error);
      done.failed++;
      if (!isPermanent(error)) break;
    }
  }
  return done;
}
