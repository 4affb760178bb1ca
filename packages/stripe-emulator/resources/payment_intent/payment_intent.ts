import type { StripeError } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PaymentIntent, PaymentMethod } from "../../core/wire.ts";
import { addCharge, decideCharge } from "../charge/charge.ts";

const listed = fields({ ...pageParams, created: time, customer: text });

export const expansions: Expansions<PaymentIntent> = {
  references: { customer: "customer", payment_method: "payment_method", latest_charge: "charge" },
  included: {},
};

/** https://docs.stripe.com/api/payment_intents; only Checkout creates them. */
export const paymentIntent: Resource<"payment_intent", never, never, ReturnType<typeof listed>> = {
  kind: "payment_intent",
  path: "/v1/payment_intents",
  idParam: "intent",
  list: {
    params: listed,
    matches: ({ created, customer }) => (intent) =>
      (created === undefined || created(intent.created)) && (customer === undefined || intent.customer === customer),
  },
};

type Given = Pick<
  PaymentIntent,
  | "amount"
  | "currency"
  | "customer"
  | "description"
  | "metadata"
  | "payment_method_types"
  | "setup_future_usage"
  | "shipping"
>;

export function createIntent(given: Given, store: Store): PaymentIntent {
  const id = randomId("pi_3", 23);
  const intent = store.tables.payment_intent.add({
    id,
    object: "payment_intent",
    allowed_payment_method_types: null,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${id}_secret_${randomId("", 25)}`,
    confirmation_method: "automatic",
    created: store.time(),
    customer_account: null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
    ...given,
  });
  store.emit("payment_intent.created", intent);
  return intent;
}

/** Charges a method, or asks for its authentication, and emits the events. */
export function payIntent(
  intent: PaymentIntent,
  method: PaymentMethod,
  outcome: "processing" | "requires_action" | "succeeded" | StripeError,
  store: Store,
): PaymentIntent {
  if (outcome === "requires_action") {
    const after = store.tables.payment_intent.replace({
      ...intent,
      next_action: { type: "use_stripe_sdk", use_stripe_sdk: {} },
      payment_method: method.id,
      status: "requires_action",
    });
    store.emit("payment_intent.requires_action", after);
    return after;
  }
  const charge = addCharge(intent, method, outcome === "processing" ? "pending" : outcome, store);
  const charged = { ...intent, latest_charge: charge.id, next_action: null, payment_method: method.id };
  if (outcome !== "processing") return ended(charged, method, outcome, store);
  const after = store.tables.payment_intent.replace({ ...charged, status: "processing" });
  store.emit("payment_intent.processing", after);
  return after;
}

/** Ends a payment whose bank debit is processing. */
export function decideIntent(intent: PaymentIntent, outcome: "succeeded" | StripeError, store: Store): PaymentIntent {
  decideCharge(store.tables.charge.live(intent.latest_charge!)!, outcome, store);
  return ended(intent, store.tables.payment_method.live(intent.payment_method!)!, outcome, store);
}

/** Ends an attempt before anything was charged, such as a failed authentication. */
export const failIntent = (intent: PaymentIntent, method: PaymentMethod, error: StripeError, store: Store) =>
  ended(intent, method, error, store);

function ended(
  intent: PaymentIntent,
  method: PaymentMethod,
  outcome: "succeeded" | StripeError,
  store: Store,
): PaymentIntent {
  const paid = outcome === "succeeded";
  const after = store.tables.payment_intent.replace({
    ...intent,
    amount_received: paid ? intent.amount : 0,
    last_payment_error: paid
      ? null
      : { ...outcome.fields, payment_method: method, type: "card_error" } as PaymentIntent["last_payment_error"],
    next_action: null,
    payment_method: paid ? intent.payment_method ?? method.id : null,
    status: paid ? "succeeded" : "requires_payment_method",
  });
  store.emit(`payment_intent.${paid ? "succeeded" : "payment_failed"}`, after);
  return after;
}

/** Cancels a payment that has not succeeded. */
export function cancelIntent(intent: PaymentIntent, store: Store): PaymentIntent {
  const after = store.tables.payment_intent.replace({
    ...intent,
    canceled_at: store.time(),
    cancellation_reason: "automatic",
    next_action: null,
    status: "canceled",
  });
  store.emit("payment_intent.canceled", after);
  return after;
}
