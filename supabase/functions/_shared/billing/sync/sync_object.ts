import type { ObjectRef } from "../../contract/stripe_events.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { isForbidden, isInvalid, isRateLimit } from "../../stripe/errors.ts";
import type { Mirror } from "./fetch_and_record.ts";
import { type FetchGateways, fetchWithCompanions } from "./fetch_object.ts";

/** Seconds, a day: a longer `retry-after` does not come from Stripe, and may exceed what the database can store. */
const MAX_RETRY_AFTER = 86_400;

export interface SyncGateways extends FetchGateways {
  database: Pick<Mirror, "recordObjects"> & Pick<typeof webhookEvents, "failSync">;
}

/** Seconds: only the operator can grant a permission. After eight tries the event is dead-lettered. */
const FORBIDDEN_RETRY_AFTER = 3_600;

/** The result of a sync; after a failure the events are deferred, retried or dead-lettered. */
export type SyncResult = { outcome: "recorded" } | { outcome: "deferred" | "dead" | "retry"; error: unknown };

/**
 * Fetches an object under the ticket of its events and records it, which finishes the events in the same transaction: so
 * they are finished exactly when their object is recorded.
 */
export async function syncObject(
  ticket: number,
  ref: ObjectRef,
  gateways: SyncGateways,
): Promise<SyncResult> {
  const { database } = gateways;
  try {
    await database.recordObjects(ticket, await fetchWithCompanions(ref, gateways));
    return { outcome: "recorded" };
  } catch (error) {
    try {
      const outcome = await database.failSync(ticket, ref.object_id, failureOf(error));
      if (!isForbidden(error)) return { outcome, error };
      // Deliveries that fail for one kind would make Stripe disable the endpoint of all kinds.
      logWarning(`The key may not read the ${ref.object} of an event: grant the permission`, error);
      return { outcome: "deferred", error };
    } catch (cause) {
      // The lease expires on its own.
      logWarning("A failed sync could not be recorded", cause);
      return { outcome: "retry", error };
    }
  }
}

function failureOf(error: unknown): webhookEvents.SyncFailure {
  const { code: reason, headers } = AppError.from(error);
  const retry_after = Math.min(Number(headers["retry-after"]), MAX_RETRY_AFTER) || undefined;
  if (isForbidden(error)) {
    return { failure: "permanent", reason: "not_permitted", retry_after: FORBIDDEN_RETRY_AFTER };
  }
  if (isRateLimit(error)) return { failure: "rate_limited", reason: "rate_limited", retry_after };
  return { failure: isPermanent(error) ? "permanent" : "passing", reason, retry_after };
}

/** Whether a retry would fail in the same way. */
export const isPermanent = (error: unknown): boolean => isInvalid(error) || AppError.from(error).code === "internal";
