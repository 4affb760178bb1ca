import type * as webhookEvents from "../../database/webhook_events.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { isForbidden, isInvalid, isRateLimit } from "../../stripe/errors.ts";
import { isUnconfirmed } from "../departures/unconfirmed.ts";

/** Seconds, a day: a longer `retry-after` does not come from Stripe, and may exceed what the database can store. */
const MAX_RETRY_AFTER = 86_400;

/** Seconds: only the operator can grant a permission. After eight tries the event is dead-lettered. */
const FORBIDDEN_RETRY_AFTER = 3_600;

export interface RunGateways {
  database: Pick<typeof webhookEvents, "failSync">;
}

/** The result of a sync; after a failure the events are deferred, retried or dead-lettered. */
export type SyncResult = { outcome: "recorded" } | { outcome: "deferred" | "dead" | "retry"; error: unknown };

/** Does what the events under a ticket ask for. @param work Finishes the events as its last step */
export async function runSync(
  ticket: number,
  ref: webhookEvents.LedgerRef,
  work: () => Promise<void>,
  { database }: RunGateways,
): Promise<SyncResult> {
  try {
    await work();
    return { outcome: "recorded" };
  } catch (error) {
    try {
      const outcome = await database.failSync(ticket, ref.object_id, failureOf(error));
      if (!isForbidden(error)) return { outcome, error };
      // Deliveries that fail for one kind would make the sender disable the endpoint of all kinds.
      logWarning(
        `The key may not read the ${ref.object} of an event, or not change what it is about: grant the permission`,
        error,
      );
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
  if (isUnconfirmed(error)) return { failure: "permanent", reason: "unconfirmed", retry_after };
  if (isRateLimit(error)) return { failure: "rate_limited", reason: "rate_limited", retry_after };
  return { failure: isPermanent(error) ? "permanent" : "passing", reason, retry_after };
}

/** Whether a retry would fail in the same way. */
export const isPermanent = (error: unknown): boolean => isInvalid(error) || AppError.from(error).code === "internal";
