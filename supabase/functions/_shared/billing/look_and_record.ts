import type { Subject } from "../contract/stripe_events.ts";
import type { Mirror } from "./observe.ts";
import type * as ledger from "../database/webhook_events.ts";
import { AppError } from "../errors.ts";
import { logWarning } from "../log.ts";
import { isInvalid, isRateLimit } from "../stripe/errors.ts";
import { lookAt, type LookGateways } from "./look_at.ts";

/** Seconds, a day: what Stripe asks for beyond it is none of its answers, and may be more than the database can count. */
const LONGEST_PAUSE = 86_400;

export interface TicketGateways extends LookGateways {
  database: LookGateways["database"] & Pick<Mirror, "recordObjects"> & Pick<typeof ledger, "failLook">;
}

/** How a look under a ticket of the ledger's ended; what failed is left for later, or for dead. */
export type Looked = { outcome: "recorded" } | { outcome: "deferred" | "dead" | "retry"; error: unknown };

/**
 * Looks at an object under the ticket of its events and records it, which finishes them in the same transaction: so
 * they are done when the work is, and not before.
 */
export async function lookAndRecord(
  ticket: number,
  subject: Subject,
  gateways: TicketGateways,
): Promise<Looked> {
  const { database } = gateways;
  try {
    await database.recordObjects(ticket, [await lookAt(subject, gateways)]);
    return { outcome: "recorded" };
  } catch (error) {
    try {
      return { outcome: await database.failLook(ticket, subject.object_id, failureOf(error)), error };
    } catch (cause) {
      // The lease runs out by itself.
      logWarning("A failed look could not be noted", cause);
      return { outcome: "retry", error };
    }
  }
}

function failureOf(error: unknown): ledger.LookFailure {
  const { code: reason, headers } = AppError.from(error);
  const retry_after = Math.min(Number(headers["retry-after"]), LONGEST_PAUSE) || undefined;
  if (isRateLimit(error)) return { failure: "rate_limited", reason: "rate_limited", retry_after };
  return { failure: isPermanent(error) ? "permanent" : "passing", reason, retry_after };
}

/** Whether the same look would fail the next time too. */
export const isPermanent = (error: unknown): boolean => isInvalid(error) || AppError.from(error).code === "internal";
