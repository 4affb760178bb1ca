import { isClerkRef } from "../../contract/clerk_events.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { AppError } from "../../errors.ts";
import { isForbidden, isRateLimit } from "../../stripe/errors.ts";
import { type OwnerGateways, syncOwner } from "../departures/sync_owner.ts";
import { type SyncGateways, syncObject } from "./sync_object.ts";
import type { TimeBudget } from "./time_budget.ts";

export interface DueEventGateways extends OwnerGateways {
  database: OwnerGateways["database"] & SyncGateways["database"] & Pick<typeof webhookEvents, "claimDueObjects">;
}

/** Objects that are leased at once: they can be finished within the lease of a minute even if every sync is slow. */
const BATCH = 5;
/** Milliseconds of the window over which Stripe counts requests. */
const RATE_LIMIT_WINDOW = 1_000;

/**
 * Syncs every object and every owner that events wait for, longest waiting first, until no event is due or the budget is used up.
 *
 * @returns How many syncs were recorded, and how many failed: those are due again later.
 */
export async function processDueEvents(
  budget: TimeBudget,
  gateways: DueEventGateways,
): Promise<{ recorded: number; failed: number }> {
  const counts = { recorded: 0, failed: 0 };
  // The kinds that the key may not read, with their refusals: one read each.
  const forbidden = new Map<string, unknown>();
  while (budget.hasLeft) {
    const due = await gateways.database.claimDueObjects(BATCH);
    if (due.length === 0) break;
    for (const { ticket, ...ref } of due) {
      const { object } = ref;
      // A leased batch is finished even after the end of the budget: it takes seconds, unless every sync times out.
      const inTime = await budget.next();
      const result = isClerkRef(ref)
        ? await syncOwner(ticket, ref, gateways)
        : await syncObject(ticket, ref, withRefusal(gateways, forbidden.get(object)));
      if (result.outcome === "recorded") {
        counts.recorded++;
        continue;
      }
      counts.failed++;
      if (isForbidden(result.error)) {
        forbidden.set(object, result.error);
        continue;
      }
      // The next sync would fail in the same way; the other leases expire on their own.
      if (isNotConfigured(result.error) && !isClerkRef(ref)) throw result.error;
      if (!inTime) return counts;
      if (isRateLimit(result.error)) await pause(RATE_LIMIT_WINDOW);
    }
  }
  return counts;
}

function withRefusal(gateways: DueEventGateways, refusal: unknown): DueEventGateways {
  if (refusal === undefined) return gateways;
  return { ...gateways, stripe: { ...gateways.stripe, retrieveObject: () => Promise.reject(refusal) } };
}

const isNotConfigured = (error: unknown) => error instanceof AppError && error.code === "not_configured";

const pause = (milliseconds: number) => new Promise((resume) => setTimeout(resume, milliseconds));
