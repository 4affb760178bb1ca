import type { ClerkEvent } from "../../clerk/webhook_signature.ts";
import type { Receipt } from "../../contract/webhook.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { AppError } from "../../errors.ts";
import { logNote } from "../../log.ts";
import { readsFor } from "../../reads.ts";
import { type OwnerGateways, syncOwner } from "./sync_owner.ts";

export interface ClerkEventGateways extends OwnerGateways {
  database: OwnerGateways["database"] & Pick<typeof webhookEvents, "claimEvent">;
}

/**
 * Enters Clerk's event into the ledger and does what it asks for.
 *
 * @throws AppError `event_busy`, or the error of the sync, so that Clerk sends the event again
 */
export async function processClerkEvent(event: ClerkEvent, gateways: ClerkEventGateways): Promise<Receipt> {
  const { id, type, created, instance_id, owner } = event;
  if (owner === undefined) {
    logNote(`Ignored "${id}" (${type}): nothing is done for it`);
    return { outcome: "ignored" };
  }
  const claim = await gateways.database.claimEvent({ id, type, created, api_version: null, instance_id, ...owner });
  if (claim.step === "leased") throw AppError.eventBusy();
  if (claim.step !== "fetch") return { outcome: "duplicate" };

  const result = await syncOwner(claim.ticket, owner, readsFor("event", gateways));
  if (result.outcome === "recorded") return { outcome: "processed" };
  if (result.outcome === "deferred") return { outcome: "deferred" };
  throw result.error;
}
