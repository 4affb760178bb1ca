import type Stripe from "stripe";
import { background } from "../../background.ts";
import type { User } from "../../clerk/verify_token.ts";
import type { Checkout, CheckoutInput } from "../../contract/checkout.ts";
import type { BegunCheckout } from "../../database/checkouts.ts";
import { accessEnv, checkoutEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { logWarning } from "../../log.ts";
import { requireAllowedRedirects } from "../../origins.ts";
import { readsFor } from "../../reads.ts";
import { isMissing } from "../../stripe/errors.ts";
import { ensureCustomer } from "../customers/ensure_customer.ts";
import { billingOwnerOf } from "../owner.ts";
import { recordReads } from "../record_reads.ts";
import { fetchAndRecord } from "../sync/fetch_and_record.ts";
import { fetchObject } from "../sync/fetch_object.ts";
import { createSession } from "./create_session.ts";
import { decideTrial } from "./decide_trial.ts";
import type { CheckoutGateways } from "./gateways.ts";
import { type Order, readOrder } from "./read_order.ts";
import { listSettled, requireFreeSlot } from "./require_free_slot.ts";
import { sessionParams } from "./session_params.ts";
import { hasTrial, settleSession, settleSessions, tryToExpire } from "./settle_sessions.ts";

/** How often a call begins again after another was faster. */
const ROUNDS = 3;

/** A checkout, and whether this call created it. */
export interface StartedCheckout {
  checkout: Checkout;
  created: boolean;
}

/**
 * The payment page on which the owner buys: the one that was handed out before for the same request, or a new one.
 *
 * The order is the protocol, which scripts/models/checkout proves: settle open sessions, list subscriptions, create,
 * compare and set, and only then answer the URL. Any call may end between any two steps.
 */
export async function startCheckout(
  user: User,
  input: CheckoutInput,
  gateways: CheckoutGateways,
): Promise<StartedCheckout> {
  const owner = billingOwnerOf(user, input.for);
  requireAllowedRedirects({ success_url: input.success_url, cancel_url: input.cancel_url });
  const counted = readsFor("checkout", gateways);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const begun = await begin(owner.id, input, gateways);
      const order = await readOrder(input, begun, checkoutEnv());
      const { customer_id } = await ensureCustomer(owner, user, gateways);
      try {
        const started = await tryOnce(owner.id, customer_id, input, begun, order, counted);
        if (started !== undefined) return started;
      } catch (error) {
        if (!isMissing(error, "customer")) throw error;
        // Records that it was deleted, so that the next round creates another.
        const ref = { object: "customer", object_id: customer_id } as const;
        await fetchAndRecord(() => fetchObject(ref, counted), counted.database);
      }
    }
    throw AppError.checkoutBusy();
  } finally {
    background("Recording reads", recordReads(gateways));
  }
}

async function begin(owner_id: string, { price }: CheckoutInput, { database }: CheckoutGateways) {
  const begun = await database.beginCheckout(owner_id, price, accessEnv().slotBy);
  if (begun.offer === null) {
    if (begun.invalid.length > 0) {
      logWarning(`The price "${price}" is not offered: correct its metadata: ${begun.invalid}`, undefined);
    }
    throw AppError.priceNotOffered();
  }
  if (begun.closed) throw AppError.accountClosed();
  return begun;
}

/** @returns Undefined when another call was faster, so that the next round begins. */
async function tryOnce(
  owner_id: string,
  customer: string,
  input: CheckoutInput,
  begun: BegunCheckout,
  order: Order,
  gateways: CheckoutGateways,
): Promise<StartedCheckout | undefined> {
  const { stripe, database } = gateways;
  const { offer, attempt } = begun;
  const candidate = await settleSessions(customer, begun, order.request, stripe);
  const subscriptions = await listSettled(customer, begun, candidate, gateways);
  try {
    await requireFreeSlot(customer, begun, subscriptions, candidate, gateways);
  } catch (error) {
    if (candidate !== undefined && isOccupied(error)) await tryToExpire(candidate.id, stripe);
    throw error;
  }

  const trial = await decideTrial(customer, begun, subscriptions, candidate, stripe);
  const answer = (session: Stripe.Checkout.Session, created: boolean): StartedCheckout => ({
    created,
    checkout: {
      id: session.id,
      url: session.url!,
      expires_at: session.expires_at,
      mode: offer.mode,
      trial_days: trial ? Number(offer.trial_days) : null,
    },
  });
  if (candidate !== undefined) {
    if (hasTrial(candidate) === trial) return answer(candidate, false);
    await settleSession(candidate.id, stripe);
    return undefined;
  }

  const params = sessionParams(owner_id, customer, input, begun, order, trial, checkoutEnv());
  const session = await createSession(params, gateways);
  const won = await database.handOutCheckout({ owner_id, attempt, slot: offer.slot, session: session.id, trial });
  if (won) return answer(session, true);
  await tryToExpire(session.id, stripe);
  return undefined;
}

const isOccupied = (error: unknown): boolean =>
  ["already_subscribed", "already_purchased", "payment_pending"].includes(AppError.from(error).code);
