import type { Reconciled } from "../../contract/reconcile.ts";
import type * as reconcileRuns from "../../database/reconcile.ts";
import { logWarning } from "../../log.ts";
import { type AccountGateways, confirmAccount } from "./confirm_account.ts";
import { detectDrift, type DriftGateways } from "./detect_drift.ts";
import { pollEvents, type PollGateways } from "./poll_events.ts";
import { type DueEventGateways, processDueEvents } from "./process_due_events.ts";
import { startTimeBudget } from "./time_budget.ts";

export interface ReconcileGateways extends AccountGateways {
  database: PollGateways["database"] & DueEventGateways["database"] & DriftGateways["database"] & typeof reconcileRuns;
  stripe: PollGateways["stripe"] & DueEventGateways["stripe"] & DriftGateways["stripe"];
}

/** Seconds for each of the three parts. The scheduler calls every minute; a longer run makes the next answer `busy`. */
const SECONDS = 15;

/**
 * Repairs what webhooks missed: events that Stripe lists and the ledger does not have, events whose sync failed, was
 * deferred or was interrupted, and objects that drifted without an event. One run at a time, bounded in time; the next
 * run resumes where an interrupted one stopped.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`: what was recorded before stays
 */
export async function reconcile(gateways: ReconcileGateways): Promise<Reconciled> {
  const { database } = gateways;
  const run = await database.claimReconcile();
  if (run.run_id === null) return { state: "busy" };

  try {
    await confirmAccount(gateways);
    // Due events are processed even if Stripe's list fails: a deferred event depends on it.
    const [polled] = await Promise.allSettled([pollEvents(run, startTimeBudget(SECONDS), gateways)]);
    const processed = await processDueEvents(startTimeBudget(SECONDS), gateways);
    if (polled.status === "rejected") throw polled.reason;
    const { found, polledToEnd } = polled.value;

    const pruned = await database.pruneLedger();
    const { refetched, drifted, failed } = await detectDrift(startTimeBudget(polledToEnd ? SECONDS : 0), gateways);
    const { due, pending, dead, backfill_due } = await database.releaseReconcile(run.run_id);
    return {
      state: due > 0 || !polledToEnd ? "more" : "done",
      found,
      processed: processed.recorded,
      failed: processed.failed + failed,
      refetched,
      drifted,
      pruned,
      pending,
      dead,
      backfill_due,
    };
  } catch (error) {
    await database.releaseReconcile(run.run_id)
      .catch((cause) => logWarning("A reconcile run was not released: its lease expires", cause));
    throw error;
  }
}
