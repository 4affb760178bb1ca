import type Stripe from "stripe";
import type { BegunCheckout } from "../../database/checkouts.ts";
import { AppError } from "../../errors.ts";
import { stripeTime } from "../../stripe/clock.ts";
import type { CheckoutGateways } from "./gateways.ts";

type Session = Stripe.Checkout.Session;
type Sessions = Pick<CheckoutGateways["stripe"], "expireSession" | "readSession" | "listSessions">;

/** Seconds that a session must have left to be handed out again. */
const SPARE_TIME = 900;
/** Seconds for which a session that is not recorded is left to the call that created it. */
const RECENT = 60;

export const hasTrial = ({ metadata }: Session): boolean => metadata?.trial === "true";

/**
 * Expires every open session that must not be paid any more.
 *
 * @returns The session that the call may answer again.
 * @throws AppError `checkout_in_progress`
 */
export async function settleSessions(
  customer: string,
  { offer, deployment_id, sessions, trial_used }: BegunCheckout,
  request: string,
  stripe: Sessions,
): Promise<Session | undefined> {
  const open = await stripe.listSessions(customer, "open");
  const now = stripeTime();
  const recorded = sessions[offer.slot];
  const candidate = open.find(({ id, metadata, expires_at }) =>
    id === recorded && metadata?.request === request && expires_at - now > SPARE_TIME
  );
  const otherTrials = offer.trial_days !== null && !trial_used;

  for (const session of open) {
    const { id, metadata, created } = session;
    // Others' sessions are none of these: an application may sell in its own ways too.
    if (session === candidate || metadata?.deployment_id !== deployment_id) continue;
    const isRecorded = Object.values(sessions).includes(id);
    const obsolete = id === recorded || (isRecorded ? otherTrials && hasTrial(session) : created < now - RECENT);
    if (obsolete) await settleSession(id, stripe);
  }
  return candidate;
}

/**
 * Expires a session, until Stripe says that it can be paid no more. One that is complete is as good, because the
 * subscriptions are listed afterwards.
 *
 * @throws AppError `checkout_in_progress`
 */
export async function settleSession(id: string, stripe: Pick<Sessions, "expireSession" | "readSession">) {
  let session: Session | null;
  try {
    session = await stripe.expireSession(id);
  } catch {
    // Refused, or done without an answer: only the session says which.
    session = await stripe.readSession(id);
  }
  if (session?.status === "open") throw AppError.checkoutInProgress();
}

/** Expires a session if Stripe answers. */
export const tryToExpire = (id: string, { expireSession }: Pick<Sessions, "expireSession">): Promise<unknown> =>
  expireSession(id).catch(() => undefined);
