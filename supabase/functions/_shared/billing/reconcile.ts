import type { Reconciled } from "../contract/reconcile.ts";
import type * as runs from "../database/reconcile.ts";
import type * as ledger from "../database/webhook_events.ts";
import type * as lists from "../stripe/lists.ts";
import { catchUp } from "./catch_up.ts";
import { confirmAccount } from "./confirm_account.ts";
import { drain } from "./drain.ts";
import type { TicketGateways } from "./look_and_record.ts";
import type { Mirror } from "./observe.ts";
import { beginStretch } from "./pace.ts";
import { reread } from "./reread.ts";

export interface ReconcileGateways extends TicketGateways {
  database:
    & TicketGateways["database"]
    & Mirror
    & typeof runs
    & Pick<typeof ledger, "claimDueObjects">;
  stripe: TicketGateways["stripe"] & Pick<typeof lists, "listEvents">;
}

/** Seconds: a run every minute, and each ends before the next. */
const STRETCH = 30;

const NOTHING = { found: 0, drained: 0, failed: 0, reread: 0, drifted: 0, pruned: 0 };

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
  if (run.pass === null) return { state: "busy", ...NOTHING, pending: 0, dead: 0, backfill_due: false };

  const done = { ...NOTHING };
  const stretch = beginStretch(STRETCH);
  try {
    await confirmAccount(gateways);
    const caughtUp = await catchUp(run, stretch, gateways, (events) => done.found += events);
    await drain(stretch, gateways, (outcome) => outcome === "recorded" ? done.drained++ : done.failed++);
    if (caughtUp) {
      await reread(stretch, gateways, (drifted) => {
        if (drifted === null) return void done.failed++;
        done.reread++;
        done.drifted += drifted;
      });
    }
    done.pruned = await database.pruneLedger();
    const { due, pending, dead, backfill_due } = await database.releaseReconcile(run.pass);
    return { state: due > 0 || !caughtUp ? "more" : "done", ...done, pending, dead, backfill_due };
  } catch (error) {
    await database.releaseReconcile(run.pass).catch(() => {}); // its lease runs out by itself
    throw error;
  }
}
