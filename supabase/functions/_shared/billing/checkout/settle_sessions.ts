import type Stripe from "stripe";
import { AppError } from "../../errors.ts";
import type * as checkoutSessions from "../../stripe/checkout_sessions.ts";

/**
 * Expires a session, until Stripe says that it can be paid no more. One that is complete is as good, because the
 * subscriptions are listed afterwards.
 *
 * @throws AppError `checkout_in_progress`
 */
export async function settleSession(
  id: string,
  stripe: Pick<typeof checkoutSessions, "expireSession" | "readSession">,
): Promise<void> {
  let session: Stripe.Checkout.Session | null;
  try {
    session = await stripe.expireSession(id);
  } catch {
    // Refused, or done without an answer: only the session says which.
    session = await stripe.readSession(id);
  }
  if (session?.status === "open") throw AppError.checkoutInProgress();
}
