import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PaymentIntent } from "../../core/wire.ts";

const listed = fields({ ...pageParams, created: time, customer: text });

export const expansions: Expansions<PaymentIntent> = {
  references: { customer: "customer", payment_method: "payment_method", latest_charge: null },
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

/** Changes a payment's status and emits the event. */
export function moveIntent(
  intent: PaymentIntent,
  event: "processing" | "succeeded" | "payment_failed",
  payment_method: string | null,
  store: Store,
): PaymentIntent {
  const status = event === "payment_failed" ? "requires_payment_method" : event;
  const after = store.tables.payment_intent.replace({
    ...intent,
    payment_method: status === "requires_payment_method" ? null : payment_method,
    status,
    amount_received: status === "succeeded" ? intent.amount : 0,
  });
  store.emit(`payment_intent.${event}`, after);
  return after;
}
