import { departurePolicy } from "../../env.ts";
import type * as departures from "../../database/departures.ts";
import type * as checkoutSessions from "../../stripe/checkout_sessions.ts";
import { isMissing } from "../../stripe/errors.ts";
import { hasEnded } from "../../stripe/mirrored/subscription.ts";
import type * as subscriptions from "../../stripe/subscriptions.ts";
import { settleSession } from "../checkout/settle_sessions.ts";
import { fetchAndRecord, type Mirror } from "../sync/fetch_and_record.ts";
import { type FetchGateways, fetchObject } from "../sync/fetch_object.ts";

export interface DepartGateways extends FetchGateways {
  database: Mirror & Pick<typeof departures, "closeCheckouts">;
  stripe:
    & FetchGateways["stripe"]
    & Pick<typeof checkoutSessions, "listSessions" | "expireSession" | "readSession">
    & Pick<typeof subscriptions, "listSubscriptions" | "cancelNow" | "endWithPeriod">;
}

/**
 * Ends the billing of an owner that was deleted at Clerk: nothing can be bought, then no session is open, then what is
 * live ends as CLERK_USER_DELETED says. The order matters: a session that was paid shows its subscription in the list.
 * Any step may be repeated. Mapping and customer stay, for invoices and refunds.
 *
 * @param customer_id Null for an owner without a customer.
 * @throws AppError `checkout_in_progress`, `stripe_unavailable`, `database_unavailable`, `not_configured`: the departure has to be repeated
 */
export async function depart(owner_id: string, customer_id: string | null, gateways: DepartGateways): Promise<void> {
  const { database, stripe } = gateways;
  const policy = departurePolicy();
  await database.closeCheckouts(owner_id);
  if (customer_id === null) return;
  try {
    for (const { id } of await stripe.listSessions(customer_id, "open")) await settleSession(id, stripe);
    if (policy !== "keep") await endSubscriptions(customer_id, policy, gateways);
  } catch (error) {
    // A customer that Stripe does not have is billed for nothing.
    if (!isMissing(error, "customer")) throw error;
  }
}

async function endSubscriptions(
  customer_id: string,
  policy: "cancel_at_period_end" | "cancel_now",
  gateways: DepartGateways,
): Promise<void> {
  const { database, stripe } = gateways;

  // One that Stripe refuses to change does not keep the others alive.
  const failures: unknown[] = [];
  const live = (await stripe.listSubscriptions(customer_id)).filter((one) => !hasEnded(one));
  for (const { id, status, cancel_at, cancel_at_period_end } of live) {
    // Nothing was paid for an incomplete one, and it expires within a day; if it is paid, the reconcile repeats this.
    if (status === "incomplete") continue;
    if (policy === "cancel_at_period_end" && (cancel_at_period_end || cancel_at !== null)) continue;
    try {
      await (policy === "cancel_now" ? stripe.cancelNow(id) : stripe.endWithPeriod(id));
      await fetchAndRecord(() => fetchObject({ object: "subscription", object_id: id }, gateways), database);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
