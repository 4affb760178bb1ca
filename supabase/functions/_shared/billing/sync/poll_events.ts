import type Stripe from "stripe";
import { objectRefOf } from "../../contract/stripe_events.ts";
import type * as reconcileRuns from "../../database/reconcile.ts";
import type { LedgerEvent } from "../../database/webhook_events.ts";
import { isMissingCursor } from "../../stripe/errors.ts";
import type * as events from "../../stripe/events.ts";
import type { TimeBudget } from "./time_budget.ts";

export interface PollGateways {
  database: Pick<typeof reconcileRuns, "recordEventsPage">;
  stripe: Pick<typeof events, "listEvents">;
}

export interface PollResult {
  /** Events that the ledger did not have. */
  found: number;
  /** False when the budget was used up or another run has taken over. */
  polledToEnd: boolean;
}

/** In fetches of one object: a page of events is written in one call, without its payloads. */
const EVENTS_PAGE_COST = 2;

type Poll = { run_id: number } & reconcileRuns.EventWindow;

/**
 * Enters every event of a window into the ledger. Stripe lists the newest first, so a window counts only once it was
 * listed to its end.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`: the events that were entered before stay
 */
export async function pollEvents(
  { run_id, window_from, window_to, window_cursor }: Poll,
  budget: TimeBudget,
  { database, stripe }: PollGateways,
): Promise<PollResult> {
  const created = { gte: window_from, lte: window_to };
  let found = 0;
  for (let after = window_cursor ?? undefined; await budget.next(EVENTS_PAGE_COST);) {
    const page = await stripe.listEvents(created, after).catch((error) => {
      // Stripe no longer lists the cursor's event: the window is listed from its start.
      if (after !== undefined && isMissingCursor(error)) return stripe.listEvents(created);
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
