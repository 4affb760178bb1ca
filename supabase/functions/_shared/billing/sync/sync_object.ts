import type { ObjectRef } from "../../contract/stripe_events.ts";
import type { Mirror } from "./fetch_and_record.ts";
import type * as ledger from "../../database/webhook_events.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { isInvalid, isRateLimit } from "../../stripe/errors.ts";
import { type FetchGateways, fetchObject } from "./fetch_object.ts";

/** Seconds, a day: what Stripe asks for beyond it is none of its answers, and may be more than the database can count. */
const LONGEST_PAUSE = 86_400;

export interface SyncGateways extends FetchGateways {
  database: FetchGateways["database"] & Pick<Mirror, "recordObjects"> & Pick<typeof ledger, "failSync">;
}

/** How a look under a ticket of the ledger's ended; what failed is left for later, or for dead. */
export type SyncResult = { outcome: "recorded" } | { outcome: "deferred" | "dead" | "retry"; error: unknown };

/**
 * Looks at an object under the ticket of its events and records it, which finishes them in the same transaction: so
 * they are done when the work is, and not before.
 */
export async function syncObject(
  ticket: number,
  ref: ObjectRef,
  gateways: SyncGateways,
): Promise<SyncResult> {
  const { database } = gateways;
  try {
    await database.recordObjects(ticket, [await fetchObject(ref, gateways)]);
    return { outcome: "recorded" };
  } catch (error) {
    try {
      return { outcome: await database.failSync(ticket, ref.object_id, failureOf(error)), error };
    } catch (cause) {
      // The lease runs out by itself.
      logWarning("A failed look could not be noted", cause);
      return { outcome: "retry", error };
    }
  }
}

function failureOf(error: unknown): ledger.SyncFailure {
  const { code: reason, headers } = AppError.from(error);
  const retry_after = Math.min(Number(headers["retry-after"]), LONGEST_PAUSE) || undefined;
  if (isRateLimit(error)) return { failure: "rate_limited", reason: "rate_limited", retry_after };
  return { failure: isPermanent(error) ? "permanent" : "passing", reason, retry_after };
}

/** Whether the same look would fail the next time too. */
export const isPermanent = (error: unknown): boolean => isInvalid(error) || AppError.from(error).code === "internal";
