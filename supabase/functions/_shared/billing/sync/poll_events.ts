import type Stripe from "stripe";
import { objectRefOf } from "../../contract/stripe_events.ts";
import type { ReconcileClaim } from "../../database/reconcile.ts";
import type { LedgerEvent } from "../../database/webhook_events.ts";
import { isMissing } from "../../stripe/errors.ts";
import type { TimeBudget } from "./time_budget.ts";
import type { ReconcileGateways } from "./reconcile.ts";

export interface PollResult {
  /** Events that the ledger did not know. */
  found: number;
  /** Whether the window was listed to its end: not when the time was over or another run has taken over. */
  polledToEnd: boolean;
}

type Run = Extract<ReconcileClaim, { run_id: number }>;

/**
 * Enters every event of a window into the ledger. Stripe lists the newest first, so nothing is caught up with until the
 * window was listed to its end.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`: what was entered until then stays
 */
export async function pollEvents(
  { run_id, window_from, window_to, window_cursor }: Run,
  budget: TimeBudget,
  { database, stripe }: ReconcileGateways,
): Promise<PollResult> {
  const created = { gte: window_from, lte: window_to };
  let found = 0;
  for (let after = window_cursor ?? undefined; await budget.next();) {
    const page = await stripe.listEvents(created, after).catch((error) => {
      // The event that the cursor names is no longer listed: the window is read from its beginning.
      if (after !== undefined && isMissing(error)) return stripe.listEvents(created);
      throw error;
    });
    after = page.has_more ? page.data.at(-1)?.id : undefined;
    const entered = await database.recordEventsPage(run_id, page.data.flatMap(ledgerEvent), after ?? null);
    if (entered === null) break;
    found += entered;
    if (after === undefined) return { found, polledToEnd: true };
  }
  return { found, polledToEnd: false };
}

function ledgerEvent(event: Stripe.Event): LedgerEvent[] {
  const ref = objectRefOf(event);
  const { id, type, created, api_version } = event;
  return ref === null ? [] : [{ id, type, created, api_version, ...ref }];
}
