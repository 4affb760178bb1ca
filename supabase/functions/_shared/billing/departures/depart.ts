import { departurePolicy } from "../../env.ts";
import { AppError } from "../../errors.ts";
import type * as departures from "../../database/departures.ts";
import type * as stripeDepartures from "../../stripe/departures.ts";
import { fetchAndRecord, type Mirror } from "../sync/fetch_and_record.ts";
import { type FetchGateways, fetchObject } from "../sync/fetch_object.ts";

export interface DepartGateways extends FetchGateways {
  database: Mirror & Pick<typeof departures, "closeCheckouts">;
  stripe: FetchGateways["stripe"] & typeof stripeDepartures;
}

/**
 * Ends the billing of an owner that was deleted at Clerk: nothing can be bought, then no session is open, then what is
 * live ends as CLERK_USER_DELETED says. The order matters: a session that was paid shows its subscription in the list.
 * Any step may be repeated. Mapping and customer stay, for invoices and refunds.
 *
 * @param customer_id Null for an owner without a customer.
 * @throws AppError `stripe_unavailable`, `database_unavailable`, `not_configured`: the departure has to be repeated
 */
export async function depart(owner_id: string, customer_id: string | null, gateways: DepartGateways): Promise<void> {
  const { database, stripe } = gateways;
  const policy = departurePolicy();
  await database.closeCheckouts(owner_id);
  if (customer_id === null) return;

  for (const { id } of await stripe.listOpenSessions(customer_id)) {
    if (await stripe.expireSession(id) !== "open") continue;
    throw AppError.stripeUnavailable(new Error("An open session could not be expired"));
  }
  if (policy === "keep") return;

  // One that Stripe refuses to change does not keep the others alive.
  const failures: unknown[] = [];
  for (const { id, status, cancel_at, cancel_at_period_end } of await stripe.listSubscriptions(customer_id)) {
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
