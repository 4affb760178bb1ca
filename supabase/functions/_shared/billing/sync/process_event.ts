import type Stripe from "stripe";
import { objectRefOf, STRIPE_API_VERSION } from "../../contract/stripe_events.ts";
import type { Receipt } from "../../contract/webhook.ts";
import type * as ledger from "../../database/webhook_events.ts";
import { stripeEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logNote } from "../../log.ts";
import { type SyncGateways, syncObject } from "./sync_object.ts";

export interface EventGateways extends SyncGateways {
  database: SyncGateways["database"] & Pick<typeof ledger, "claimEvent">;
}

/**
 * Brings what an event is about up to date: what it says itself is a hint, however old it is, and never written down.
 *
 * @throws AppError `event_busy`, and what made the look fail, so that Stripe sends the event again
 */
export async function processEvent(event: Stripe.Event, gateways: EventGateways): Promise<Receipt> {
  const { database } = gateways;
  const { id, type, created, api_version } = event;
  const ref = objectRefOf(event);
  const foreign = ignoreReason(event);
  if (ref === null || foreign !== undefined) {
    logNote(`Ignored "${id}" (${type}): ${foreign ?? "nothing is mirrored for it"}`);
    return { outcome: "ignored" };
  }
  noteVersion(api_version);

  const claim = await database.claimEvent({ id, type, created, api_version, ...ref });
  if (claim.step === "done") return { outcome: "duplicate" };
  if (claim.step === "leased") throw AppError.eventBusy();

  const looked = await syncObject(claim.ticket, ref, gateways);
  if (looked.outcome === "recorded") return { outcome: "processed" };
  if (looked.outcome === "deferred") return { outcome: "deferred" };
  throw looked.error;
}

/** Why an event is none of ours, if it is none: an endpoint of Connect also hears of other accounts. */
function ignoreReason({ livemode, account }: Stripe.Event): string | undefined {
  if (livemode !== stripeEnv().livemode) return `it is of ${livemode ? "live" : "test"} mode`;
  return account == null ? undefined : "it is of a connected account";
}

let noted = false;

/** An endpoint of another version works all the same, because objects are read anew; its operator should know, once. */
function noteVersion(version: string | null): void {
  if (noted || version === STRIPE_API_VERSION) return;
  noted = true;
  logNote(`The webhook endpoint speaks ${version}, not ${STRIPE_API_VERSION}: npm run stripe:webhook renews it`);
}
