import { AppError } from "../../errors.ts";
import { isRateLimit } from "../../stripe/errors.ts";
import { syncObject } from "./sync_object.ts";
import type { TimeBudget } from "./time_budget.ts";
import type { ReconcileGateways } from "./reconcile.ts";

/** So many are leased at once: within their minute even if every look takes its longest. */
const BATCH = 5;
/** Milliseconds after which Stripe counts anew. */
const RATE_LIMITED = 1_000;

/**
 * Looks once at every object that events wait for, those that have waited longest first, until none is due or the time
 * is over.
 *
 * @returns How many looks were recorded, and how many failed: those are due again later.
 */
export async function processDueEvents(
  budget: TimeBudget,
  gateways: ReconcileGateways,
): Promise<{ recorded: number; failed: number }> {
  const looks = { recorded: 0, failed: 0 };
  while (budget.hasTimeLeft) {
    const due = await gateways.database.claimDueObjects(BATCH);
    if (due.length === 0) break;
    for (const { ticket, object, object_id } of due) {
      // What was leased is finished even when the time is over: it is seconds, unless Stripe lets every look time out.
      const inTime = await budget.next();
      const result = await syncObject(ticket, { object, object_id }, gateways);
      if (result.outcome === "recorded") {
        looks.recorded++;
        continue;
      }
      looks.failed++;
      // The next look would fail as this one did; the leases of the rest run out by themselves.
      if (isNotConfigured(result.error)) throw result.error;
      if (!inTime) return looks;
      if (isRateLimit(result.error)) await pause(RATE_LIMITED);
    }
  }
  return looks;
}

const isNotConfigured = (error: unknown) => error instanceof AppError && error.code === "not_configured";

const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));
