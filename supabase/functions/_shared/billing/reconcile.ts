import type { Reconciled } from "../contract/reconcile.ts";
import type * as runs from "../database/reconcile.ts";
import type * as ledger from "../database/webhook_events.ts";
import type * as lists from "../stripe/lists.ts";
import { logWarning } from "../log.ts";
import { catchUp } from "./catch_up.ts";
import { confirmAccount } from "./confirm_account.ts";
import { drain } from "./drain.ts";
import type { TicketGateways } from "./look_and_record.ts";
import type { Mirror } from "./observe.ts";
import { beginStretch } from "./pace.ts";
import { rereadStalest } from "./reread.ts";

export interface ReconcileGateways extends TicketGateways {
  database:
    & TicketGateways["database"]
    & Mirror
    & typeof runs
    & Pick<typeof ledger, "claimDueObjects">;
  stripe: TicketGateways["stripe"] & Pick<typeof lists, "listEvents">;
}

/** Seconds for each of the three parts, about. There is a run every minute; one that takes longer makes the next `busy`. */
const STRETCH = 15;

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
  if (run.pass === null) return { state: "busy" };

  try {
    await confirmAccount(gateways);
    // What waits is looked at although Stripe's list may fail: whoever deferred an event counts on it.
    const [listed] = await Promise.allSettled([catchUp(run, beginStretch(STRETCH), gateways)]);
    const drained = await drain(beginStretch(STRETCH), gateways);
    if (listed.status === "rejected") throw listed.reason;
    const { found, caughtUp } = listed.value;

    const pruned = await database.pruneLedger();
    const { reread, drifted, failed } = await rereadStalest(beginStretch(caughtUp ? STRETCH : 0), gateways);
    const { due, pending, dead, backfill_due } = await database.releaseReconcile(run.pass);
    return {
      state: due > 0 || !caughtUp ? "more" : "done",
      found,
      drained: drained.recorded,
      failed: drained.failed + failed,
      reread,
      drifted,
      pruned,
      pending,
      dead,
      backfill_due,
    };
  } catch (error) {
    await database.releaseReconcile(run.pass)
      .catch((cause) => logWarning("A run was not released: its lease runs out", cause));
    throw error;
  }
}
