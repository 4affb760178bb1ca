import type Stripe from "stripe";
import { subjectOf } from "../contract/stripe_events.ts";
import type { ReconcileClaim } from "../database/reconcile.ts";
import type { LedgerEvent } from "../database/webhook_events.ts";
import { isMissing } from "../stripe/errors.ts";
import type { Stretch } from "./pace.ts";
import type { ReconcileGateways } from "./reconcile.ts";

export interface CaughtUp {
  /** Events that the ledger did not know. */
  found: number;
  /** Whether the window was listed to its end: not when the time was over or another run has taken over. */
  caughtUp: boolean;
}

type Run = Extract<ReconcileClaim, { pass: number }>;

/**
 * Enters every event of a window into the ledger. Stripe lists the newest first, so nothing is caught up with until the
 * window was listed to its end.
 *
 * @throws AppError `stripe_unavailable`, `database_unavailable`: what was entered until then stays
 */
export async function catchUp(
  { pass, window_from, window_to, window_cursor }: Run,
  stretch: Stretch,
  { database, stripe }: ReconcileGateways,
): Promise<CaughtUp> {
  const created = { gte: window_from, lte: window_to };
  let found = 0;
  for (let after = window_cursor ?? undefined; await stretch.next();) {
    const page = await stripe.listEvents(created, after).catch((error) => {
      // The event that the cursor names is no longer listed: the window is read from its beginning.
      if (after !== undefined && isMissing(error)) return stripe.listEvents(created);
      throw error;
    });
    after = page.has_more ? page.data.at(-1)?.id : undefined;
    const entered = await database.recordEventsPage(pass, page.data.flatMap(ledgerEvent), after ?? null);
    if (entered === null) break;
    found += entered;
    if (after === undefined) return { found, caughtUp: true };
  }
  return { found, caughtUp: false };
}

function ledgerEvent(event: Stripe.Event): LedgerEvent[] {
  const subject = subjectOf(event);
  const { id, type, created, api_version } = event;
  return subject === null ? [] : [{ id, type, created, api_version, ...subject }];
}
