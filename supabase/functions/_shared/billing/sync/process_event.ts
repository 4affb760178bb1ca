import type Stripe from "stripe";
import { objectRefOf, STRIPE_API_VERSION } from "../../contract/stripe_events.ts";
import type { Receipt } from "../../contract/webhook.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logNote, logWarning } from "../../log.ts";
import type { ThinEvent } from "../../stripe/webhook_signature.ts";
import { readsFor } from "../../reads.ts";
import { type SyncGateways, syncObject } from "./sync_object.ts";

export interface EventGateways extends SyncGateways {
  database: SyncGateways["database"] & Pick<typeof webhookEvents, "claimEvent">;
}

/**
 * Refreshes the object that the event refers to; the payload is never stored.
 *
 * @throws AppError `event_busy`, or the error of the sync, so that Stripe sends the event again
 */
export async function processEvent(event: Stripe.Event | ThinEvent, gateways: EventGateways): Promise<Receipt> {
  const { database } = gateways;
  if (event.object !== "event") return ignore(event, "it is a thin event");
  const reason = ignoreReason(event);
  if (reason !== undefined) return ignore(event, reason);
  const ref = objectRefOf(event);
  if (ref === null) return ignore(event, "nothing is mirrored for it");
  const { id, type, created, api_version } = event;
  noteVersion(api_version);

  const claim = await database.claimEvent({ id, type, created, api_version, ...ref });
  if (claim.step === "done") return { outcome: "duplicate" };
  if (claim.step === "leased") throw AppError.eventBusy();

  const result = await syncObject(claim.ticket, ref, readsFor("event", gateways));
  if (result.outcome === "recorded") return { outcome: "processed" };
  if (result.outcome === "deferred") return { outcome: "deferred" };
  throw result.error;
}

function ignore({ id, type }: Stripe.Event | ThinEvent, reason: string): Receipt {
  logNote(`Ignored "${id}" (${type}): ${reason}`);
  return { outcome: "ignored" };
}

/**
 * Why an event does not belong to this deployment. A Connect endpoint names the event's account in `account`, an
 * organization's destination in `context`.
 */
function ignoreReason({ livemode, account, context }: Stripe.Event): string | undefined {
  if (livemode !== stripeEnv().livemode) return `its mode is ${livemode ? "live" : "test"}`;
  return (account ?? context) == null ? undefined : "it names an account, as events of other accounts do";
}

let noted = false;

/** Logs another version once. It does no harm, because objects are fetched in this version. */
function noteVersion(version: string | null): void {
  if (noted || version === STRIPE_API_VERSION) return;
  noted = true;
  logWarning(
    `The webhook endpoint uses ${version}, not ${STRIPE_API_VERSION}: "npm run stripe:webhook" replaces it`,
    undefined,
  );
}
