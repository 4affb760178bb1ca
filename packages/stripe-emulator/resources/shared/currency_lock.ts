import { invalid } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { subscriptionsOf } from "../subscription/of_customer.ts";
import { ENDED } from "../subscription/status.ts";
import { ownedBy } from "./owned_by.ts";

const sessionsOf = ownedBy("checkout.session", ({ customer }) => customer ?? undefined);

/**
 * Refuses another currency than that of a customer's running subscriptions and open Checkout sessions.
 * https://docs.stripe.com/billing/customer#currency
 */
export function refuseOtherCurrency(customer: string, currency: string, store: Store): void {
  const running = subscriptionsOf(customer, store).find((one) =>
    !ENDED.includes(one.status) && one.currency !== currency
  );
  if (running) {
    throw combined(`subscription, subscription schedule, discount, quote, or invoice item`, running.currency);
  }
  const open = sessionsOf(customer, store).find((one) =>
    one.status === "open" && one.mode === "subscription" && one.expires_at > store.time() && one.currency !== currency
  );
  if (open) throw combined("Checkout Session", open.currency!);
}

const combined = (what: string, currency: string) =>
  invalid(
    `You cannot combine currencies on a single customer. This customer has an active ${what} with currency ${currency}`,
    "currency",
  );
