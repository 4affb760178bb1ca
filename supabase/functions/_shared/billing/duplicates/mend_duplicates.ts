import type Stripe from "stripe";
import type { findSlots } from "../../database/checkouts.ts";
import type { DuplicateSlot } from "../../database/duplicates.ts";
import type * as duplicates from "../../database/duplicates.ts";
import { accessEnv, duplicatePolicy } from "../../env.ts";
import { logNote, logWarning } from "../../log.ts";
import type * as checkoutSessions from "../../stripe/checkout_sessions.ts";
import type * as stripeDuplicates from "../../stripe/duplicates.ts";
import { isMissing } from "../../stripe/errors.ts";
import { hasEnded, productsOf } from "../../stripe/mirrored/subscription.ts";
import type * as subscriptions from "../../stripe/subscriptions.ts";
import { settleSession } from "../checkout/settle_sessions.ts";
import { fetchAndRecord, type Mirror } from "../sync/fetch_and_record.ts";
import { type FetchGateways, fetchObject } from "../sync/fetch_object.ts";

export interface MendGateways extends FetchGateways {
  database: Mirror & typeof duplicates & { findSlots: typeof findSlots };
  stripe:
    & FetchGateways["stripe"]
    & Pick<typeof subscriptions, "listSubscriptions" | "cancelNow">
    & Pick<typeof checkoutSessions, "expireSession" | "readSession">
    & typeof stripeDuplicates;
}

/**
 * Ends what is too many: of several live subscriptions in one slot the oldest stays, and of a slot that was taken in the
 * portal or by an operator no payment page stays open.
 *
 * @returns How many slots failed: they are repeated later
 */
export async function mendDuplicates(gateways: MendGateways): Promise<number> {
  const { database, stripe } = gateways;
  const { deployment_id, slots, sessions } = await database.claimDuplicates(accessEnv().slotBy);
  let failed = 0;
  for (const obsolete of sessions) {
    try {
      await settleSession(obsolete.session, stripe);
      await database.forgetSession(obsolete);
    } catch (error) {
      logWarning(`A session of "${obsolete.owner_id}" could not be expired`, error);
      failed++;
    }
  }
  for (const slot of slots) {
    try {
      await mendSlot(slot, deployment_id, gateways);
    } catch (error) {
      logWarning(`The duplicates of "${slot.owner_id}" could not be mended`, error);
      failed++;
    }
  }
  return failed;
}

/**
 * The mirror only suggests a duplicate; Stripe's list decides. What is too many is entered first and then ended step by
 * step. Any step may be repeated.
 */
async function mendSlot(claimed: DuplicateSlot, deployment_id: string, gateways: MendGateways): Promise<void> {
  const { database } = gateways;
  const live = await listLive(claimed, gateways);
  const [kept, ...extra] = live;
  const ended = claimed.unfinished.filter((id) => !live.some((one) => one.id === id));

  if (kept !== undefined && extra.length > 0) {
    const ours = live.every((one) => isSold(one, claimed.slot, deployment_id));
    const flagged = duplicatePolicy() === "flag" || !ours;
    await database.enterDuplicates(claimed, kept.id, extra.map(({ id }) => id), flagged);
    if (flagged) {
      logNote(`"${claimed.owner_id}" has ${live.length} live subscriptions in one slot: see billing.duplicates`);
      for (const { id } of live) await database.finishDuplicate(id, "flagged");
    } else {
      for (const { id } of extra) await endDuplicate(id, false, gateways);
    }
  }
  // The one that was to be kept has ended instead.
  if (kept !== undefined && claimed.unfinished.includes(kept.id)) await database.finishDuplicate(kept.id, "dropped");
  for (const id of ended) await endDuplicate(id, true, gateways);
}

/** The live subscriptions of the slot as Stripe has them, the oldest first. One that is incomplete was never paid. */
async function listLive({ customer, slot }: DuplicateSlot, { database, stripe }: MendGateways) {
  const listed = await stripe.listSubscriptions(customer).catch((error) => {
    // A customer that Stripe does not have has none.
    if (isMissing(error, "customer")) return [];
    throw error;
  });
  const live = listed.filter((one) => !hasEnded(one) && one.status !== "incomplete");
  const slots = await database.findSlots([...new Set(live.flatMap(productsOf))], accessEnv().slotBy);
  return live
    .filter((one) => productsOf(one).some((product) => slots[product] === slot))
    .sort((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
}

/**
 * Whether this deployment's checkout sold it, for this slot and nothing else. Where the slots were divided differently when
 * it was sold, for example by CHECKOUT_SLOT, both may be wanted.
 */
const isSold = ({ metadata, items }: Stripe.Subscription, slot: string, deployment_id: string): boolean =>
  Boolean(metadata.checkout) && metadata.deployment_id === deployment_id && metadata.slot === slot &&
  items.data.length === 1;

/** One that was billed again, or changed for money, was used: the operator decides what is returned. */
async function endDuplicate(id: string, ended: boolean, gateways: MendGateways): Promise<void> {
  const { database, stripe } = gateways;
  const invoices = await stripe.listInvoicesOf(id);
  if (invoices.some(({ billing_reason }) => billing_reason !== "subscription_create")) {
    return void await database.finishDuplicate(id, "flagged");
  }
  if (!ended) await stripe.cancelNow(id);
  await database.finishDuplicate(id, "canceled");
  for (const invoice of invoices) await stripe.refundInvoice(invoice.id!);
  await database.finishDuplicate(id, "mended");
  await fetchAndRecord(() => fetchObject({ object: "subscription", object_id: id }, gateways), database);
}
