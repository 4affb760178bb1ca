import { stripe } from "./client.ts";
import { isMissing } from "./errors.ts";

/** Lets a subscription end with its period; the state is the parameter, so a repetition is harmless. */
export const endWithPeriod = (id: string): Promise<void> =>
  unlessMissing(stripe((sdk) => sdk.subscriptions.update(id, { cancel_at_period_end: true })));

/** Cancels a subscription now, without a refund and without a last invoice. */
export const cancelNow = (id: string): Promise<void> =>
  unlessMissing(stripe((sdk) => sdk.subscriptions.cancel(id, { invoice_now: false, prorate: false })));

/** One that was canceled meanwhile is what was wanted. */
async function unlessMissing(change: Promise<unknown>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
