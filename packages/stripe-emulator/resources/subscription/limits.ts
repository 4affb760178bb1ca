import { subscriptionLimited } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { Subscription } from "../../core/wire.ts";
import { invoicesOf } from "./status.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The new invoices of a subscription: https://docs.stripe.com/rate-limits */
const INVOICES = [{ within: MINUTE, most: 10 }, { within: DAY, most: 20 }];
const QUANTITY_UPDATES = 200;

/** Refuses a call that would create one more invoice than the limits allow; call it before anything is written. */
export function limitInvoices({ id }: Subscription, at: number, store: Store): void {
  if (!store.behavior.subscription_limits) return;
  const invoices = invoicesOf(id, store);
  for (const { within, most } of INVOICES) {
    if (invoices.filter(({ created }) => created > at - within).length >= most) throw subscriptionLimited();
  }
}

/** The times of the updates of quantity within an hour, this one included. @throws StripeError over the limit */
export function limitQuantityUpdates({ quantity_updates = [] }: Subscription, at: number, store: Store): number[] {
  const recent = quantity_updates.filter((time) => time > at - HOUR);
  if (store.behavior.subscription_limits && recent.length >= QUANTITY_UPDATES) throw subscriptionLimited();
  return [...recent, at];
}
