import type Stripe from "stripe";
import type { CheckoutInput } from "../../contract/checkout.ts";
import type { BegunCheckout } from "../../database/checkouts.ts";
import type { CheckoutSettings } from "../../env.ts";
import { stripeTime } from "../../stripe/clock.ts";
import { boundsOf } from "./quantity.ts";
import type { Order } from "./read_order.ts";

/**
 * Seconds: Stripe counts its bounds, 30 minutes and 24 hours, from the moment in which it creates the session.
 * https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at
 */
const SHORTEST = 31 * 60, LONGEST = 24 * 3_600 - 60;

/** @param trial Whether the session offers the trial. */
export function sessionParams(
  owner_id: string,
  customer: string,
  input: CheckoutInput,
  begun: BegunCheckout,
  order: Order,
  trial: boolean,
  settings: CheckoutSettings,
): Stripe.Checkout.SessionCreateParams {
  const { offer, deployment_id } = begun;
  const { tax, taxIds, addressRequired, promotionCodes, expiresMinutes } = settings;
  const metadata = {
    deployment_id,
    owner: owner_id,
    slot: offer.slot,
    checkout: crypto.randomUUID(),
    request: order.request,
    trial: String(trial),
  };
  return {
    mode: offer.mode,
    customer,
    client_reference_id: owner_id,
    line_items: [lineItem(offer, order)],
    currency: order.currency,
    success_url: input.success_url,
    cancel_url: input.cancel_url,
    locale: input.locale as Stripe.Checkout.SessionCreateParams.Locale | undefined,
    expires_at: stripeTime() + Math.min(Math.max(60 * expiresMinutes, SHORTEST), LONGEST),
    metadata,
    ...offer.mode === "subscription" ? ofSubscription(begun, order, trial, metadata) : ofPayment(settings, metadata),
    ...promotionCodes && { allow_promotion_codes: true },
    ...tax && { automatic_tax: { enabled: true } },
    ...taxIds && { tax_id_collection: { enabled: true } },
    ...addressRequired && { billing_address_collection: "required" },
    // Without it Stripe refuses tax for a given customer: https://docs.stripe.com/tax/customer-locations
    ...(tax || taxIds || addressRequired) && { customer_update: { address: "auto", name: "auto" } },
  };
}

function lineItem(offer: BegunCheckout["offer"], { quantity }: Order): Stripe.Checkout.SessionCreateParams.LineItem {
  if (quantity === null) return { price: offer.price };
  const [minimum, maximum] = boundsOf(offer);
  return {
    price: offer.price,
    quantity,
    ...offer.quantity_adjustable && { adjustable_quantity: { enabled: true, minimum, maximum } },
  };
}

function ofSubscription(
  { offer }: BegunCheckout,
  { free }: Order,
  trial: boolean,
  metadata: Record<string, string>,
): Partial<Stripe.Checkout.SessionCreateParams> {
  const withoutCard = trial && offer.trial_card_optional;
  return {
    ...(withoutCard || free) && { payment_method_collection: "if_required" },
    subscription_data: {
      metadata,
      ...trial && { trial_period_days: Number(offer.trial_days) },
      ...trial && (withoutCard || free) && {
        trial_settings: { end_behavior: { missing_payment_method: "cancel" } },
      },
    },
  };
}

const ofPayment = (
  { invoices }: CheckoutSettings,
  metadata: Record<string, string>,
): Partial<Stripe.Checkout.SessionCreateParams> => ({
  payment_intent_data: { metadata },
  ...invoices && { invoice_creation: { enabled: true } },
});
