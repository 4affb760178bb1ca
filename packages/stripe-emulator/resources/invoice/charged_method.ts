import { invalid } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { Invoice } from "../../core/wire.ts";
import { subscriptionOf } from "../subscription/status.ts";

/** An invoice, or a subscription before its first one. */
type Charged = Pick<Invoice, "customer" | "default_payment_method"> & Partial<Pick<Invoice, "parent">>;

/**
 * The method to charge: the invoice's, else the subscription's, else the customer's.
 * https://docs.stripe.com/billing/subscriptions/payment-methods-setting
 */
export function methodOf({ customer: id, default_payment_method, parent }: Charged, store: Store) {
  const { customer, payment_method, subscription } = store.tables;
  const owner = customer.live(id!);
  const methods = [
    default_payment_method,
    subscription.live(parent?.subscription_details?.subscription ?? "")?.default_payment_method,
    owner?.invoice_settings.default_payment_method,
    owner?.default_source,
  ];
  for (const method of methods) {
    const found = method ? payment_method.live(method) : undefined;
    if (found?.customer === id) return found;
  }
}

/** Makes the method that paid the subscription's default, if `save_default_payment_method` asks for it. */
export function rememberMethod(invoice: Invoice, method: string, store: Store): void {
  const subscription = store.tables.subscription.live(subscriptionOf(invoice) ?? "");
  if (subscription?.payment_settings?.save_default_payment_method !== "on_subscription") return;
  store.tables.subscription.replace({ ...subscription, default_payment_method: method });
}

/** Stripe's error when there is no method to charge. */
export const missingMethod = () =>
  invalid(
    "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
    undefined,
    "resource_missing",
  );
