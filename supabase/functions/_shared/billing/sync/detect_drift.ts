import type * as mirror from "../../database/mirror.ts";
import type * as reconcileRuns from "../../database/reconcile.ts";
import { logWarning } from "../../log.ts";
import { isForbidden } from "../../stripe/errors.ts";
import { type FetchGateways, fetchObject } from "./fetch_object.ts";
import { isPermanent } from "./sync_object.ts";
import type { TimeBudget } from "./time_budget.ts";

export interface DriftGateways extends FetchGateways {
  database:
    & Pick<typeof mirror, "drawTicket">
    & Pick<typeof reconcileRuns, "listLeastRecentlyFetched" | "recordDriftCheck">;
}

/** Objects per run: with one run a minute, twenty thousand a day. */
const BATCH = 15;

/**
 * Fetches the least recently fetched objects, and logs those that had drifted without an event. An object that cannot be
 * fetched or recorded does not block the others; any other failure ends the run.
 *
 * @returns How many objects were fetched, how many of them had drifted, and how many failed.
 */
export async function detectDrift(budget: TimeBudget, gateways: DriftGateways) {
  const { database } = gateways;
  const counts = { refetched: 0, drifted: 0, failed: 0 };
  if (!budget.hasLeft) return counts;
  const forbidden = new Set<string>();
  for (const ref of await database.listLeastRecentlyFetched(BATCH)) {
    if (forbidden.has(ref.object)) continue;
    if (!await budget.next()) break;
    const ticket = await database.drawTicket();
    const name = `${ref.object} "${ref.object_id}"`;
    try {
      const drifted = await database.recordDriftCheck(ticket, [await fetchObject(ref, gateways)]);
      if (drifted > 0) logWarning(`The mirror of ${name} had drifted`, undefined);
      counts.refetched++;
      counts.drifted += drifted;
    } catch (error) {
      logWarning(`The drift check of ${name} failed`, error);
      counts.failed++;
      if (isForbidden(error)) forbidden.add(ref.object);
      else if (!isPermanent(error)) break;
    }
  }
  return counts;
}
