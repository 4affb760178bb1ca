import type Stripe from "stripe";
import { type ObjectRef, objectRefOf, STRIPE_API_VERSION } from "../../contract/stripe_events.ts";
import type { Receipt } from "../../contract/webhook.ts";
import type * as webhookEvents from "../../database/webhook_events.ts";
import { stripeEnv } from "../../env.ts";
import { background } from "../../background.ts";
import { AppError } from "../../errors.ts";
import { logNote, logWarning } from "../../log.ts";
import type { ThinEvent } from "../../stripe/webhook_signature.ts";
import { readsFor } from "../../reads.ts";
import { createSharedFetches } from "./share_fetches.ts";
import { type SyncGateways, syncObject } from "./sync_object.ts";

export interface EventGateways extends SyncGateways {
  database: SyncGateways["database"] & Pick<typeof webhookEvents, "claimEvent" | "claimWaiting">;
}

const arrive = createSharedFetches();

/**
 * Events that come with others of their object: a purchase sends ten of these in a second. What a buyer waits for and what
 * grants access is in other events.
 */
const IN_BURSTS = /^(customer\.(created|updated)|customer\.subscription\.(created|updated)|invoice\.\w+)$/;
/** Milliseconds in which the others arrive. */
const BURST = 2_000;

/**
 * Refreshes the object that the event refers to; the payload is never stored.
 *
 * @throws AppError `event_busy`, or the error of the sync, so that Stripe sends the event again
 */
export async function processEvent(event: Stripe.Event | ThinEvent, gateways: EventGateways): Promise<Receipt> {
  const { database } = gateways;
  if (event.object !== "event") return ignore(event, "it is a thin event");
  if (event.livemode !== stripeEnv().livemode) return ignore(event, `its mode is ${event.livemode ? "live" : "test"}`);
  const ref = objectRefOf(event);
  if (ref === null) return ignore(event, "nothing is mirrored for it");
  const { id, type, created, api_version } = event;
  noteVersion(api_version);

  const arrival = arrive(ref);
  try {
    const account = accountOf(event), may_wait = IN_BURSTS.test(type);
    const claim = await database.claimEvent({ id, type, created, api_version, account, may_wait, ...ref });
    if (claim.step === "wait") {
      background("Refreshing an object", afterBurst(ref, gateways));
      return { outcome: "deferred" };
    }
    if (claim.step === "foreign") return ignore(event, "it is of another account");
    if (claim.step === "leased") throw AppError.eventBusy();
    if (claim.step !== "fetch") return { outcome: "duplicate" };

    const result = await syncObject(claim.ticket, ref, readsFor("event", gateways), arrival.fetch);
    if (result.outcome === "recorded") return { outcome: "processed" };
    if (result.outcome === "deferred") return { outcome: "deferred" };
    throw result.error;
  } finally {
    arrival.leave();
  }
}

/** One fetch for all events of the object. If this instance ends before it, a reconcile run processes them. */
async function afterBurst(ref: ObjectRef, gateways: EventGateways): Promise<void> {
  await new Promise((resume) => setTimeout(resume, BURST));
  const ticket = await gateways.database.claimWaiting(ref);
  if (ticket === null) return;
  const result = await syncObject(ticket, ref, readsFor("event", gateways));
  if (result.outcome !== "recorded") throw result.error;
}

function ignore({ id, type }: Stripe.Event | ThinEvent, reason: string): Receipt {
  logNote(`Ignored "${id}" (${type}): ${reason}`);
  return { outcome: "ignored" };
}

/**
 * The account that an event names: a Connect endpoint's in `account`, an organization's destination in `context`, as in
 * `org_…/acct_…`, where it may be this deployment's own. https://docs.stripe.com/event-destinations
 */
function accountOf({ account, context }: Stripe.Event): string | undefined {
  const named: unknown = account ?? context;
  // Of anything else that is signed, nothing is an account's id: an empty text is no deployment's.
  if (named == null) return undefined;
  return typeof named === "string" && /(?:^|\/)(acct_\w+)$/.exec(named)?.[1] || "";
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
