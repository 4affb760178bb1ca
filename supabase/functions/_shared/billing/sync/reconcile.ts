import type { Reconciled } from "../../contract/reconcile.ts";
import type * as runs from "../../database/reconcile.ts";
import type * as ledger from "../../database/webhook_events.ts";
import type * as lists from "../../stripe/lists.ts";
import { logWarning } from "../../log.ts";
import { pollEvents } from "./poll_events.ts";
import { confirmAccount } from "./confirm_account.ts";
import { processDueEvents } from "./process_due_events.ts";
import type { SyncGateways } from "./sync_object.ts";
import type { Mirror } from "./fetch_and_record.ts";
import { startTimeBudget } from "./time_budget.ts";
import { detectDrift } from "./detect_drift.ts";

export interface ReconcileGateways extends SyncGateways {
  database:
    & SyncGateways["database"]
    & Mirror
    & typeof runs
    & Pick<typeof ledger, "claimDueObjects">;
  stripe: SyncGateways["stripe"] & Pick<typeof lists, "listEvents">;
}

/** Seconds for each of the three parts, about. There is a run every minute; one that takes longer makes the next `busy`. */
const SECONDS = 15;

/**
 * Finds what no delivery brought: events that Stripe lists and the ledger does not know, events of which the look
 * failed, was deferred or was broken off, and what changed without any event. One run at a time, bounded in time; a run
 * that is broken off is gone on with by the next.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`: what was done until then is kept
 */
export async function reconcile(gateways: ReconcileGateways): Promise<Reconciled> {
  const { database } = gateways;
  const run = await database.claimReconcile();
  if (run.run_id === null) return { state: "busy" };

  try {
    await confirmAccount(gateways);
    // What waits is looked at although Stripe's list may fail: whoever deferred an event counts on it.
    const [listed] = await Promise.allSettled([pollEvents(run, startTimeBudget(SECONDS), gateways)]);
    const processed = await processDueEvents(startTimeBudget(SECONDS), gateways);
    if (listed.status === "rejected") throw listed.reason;
    const { found, polledToEnd } = listed.value;

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
      .catch((cause) => logWarning("A run was not released: its lease runs out", cause));
    throw error;
  }
}
