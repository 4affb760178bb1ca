import type Stripe from "stripe";
import { objectRefOf, STRIPE_API_VERSION } from "../../contract/stripe_events.ts";
import type { Receipt } from "../../contract/webhook.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logNote } from "../../log.ts";
import { type SyncGateways, syncObject } from "./sync_object.ts";

export interface EventGateways extends SyncGateways {
  database: SyncGateways["database"] & Pick<typeof webhookEvents, "claimEvent">;
}

/**
 * Refreshes the object that the event refers to; the payload is never stored.
 *
 * @throws AppError `event_busy`, or the error of the sync, so that Stripe sends the event again
 */
export async function processEvent(event: Stripe.Event, gateways: EventGateways): Promise<Receipt> {
  const { database } = gateways;
  const { id, type, created, api_version } = event;
  const ref = objectRefOf(event);
  const reason = ignoreReason(event);
  if (ref === null || reason !== undefined) {
    logNote(`Ignored "${id}" (${type}): ${reason ?? "nothing is mirrored for it"}`);
    return { outcome: "ignored" };
  }
  noteVersion(api_version);

  const claim = await database.claimEvent({ id, type, created, api_version, ...ref });
  if (claim.step === "done") return { outcome: "duplicate" };
  if (claim.step === "leased") throw AppError.eventBusy();

  const result = await syncObject(claim.ticket, ref, gateways);
  if (result.outcome === "recorded") return { outcome: "processed" };
  if (result.outcome === "deferred") return { outcome: "deferred" };
  throw result.error;
}

/** Why an event does not belong to this deployment; a Connect endpoint also receives events of other accounts. */
function ignoreReason({ livemode, account }: Stripe.Event): string | undefined {
  if (livemode !== stripeEnv().livemode) return `its mode is ${livemode ? "live" : "test"}`;
  return account == null ? undefined : "it belongs to a connected account";
}

let noted = false;

/** Logs another version once. It does no harm, because objects are fetched in this version. */
function noteVersion(version: string | null): void {
  if (noted || version === STRIPE_API_VERSION) return;
  noted = true;
  logNote(`The webhook endpoint uses ${version}, not ${STRIPE_API_VERSION}: "npm run stripe:webhook" replaces it`);
}
