import type { StripeError } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, text, time } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Charge, PaymentIntent, PaymentMethod } from "../../core/wire.ts";

const listed = fields({ ...pageParams, created: time, customer: text, payment_intent: text });

export const expansions: Expansions<Charge> = {
  references: {
    balance_transaction: null,
    customer: "customer",
    failure_balance_transaction: null,
    payment_intent: "payment_intent",
    review: null,
  },
  included: {},
};

/** https://docs.stripe.com/api/charges; only payment intents create them. */
export const charge: Resource<"charge", never, never, ReturnType<typeof listed>> = {
  kind: "charge",
  path: "/v1/charges",
  idParam: "id",
  list: {
    params: listed,
    matches: ({ created, customer, payment_intent }) => (one) =>
      (created === undefined || created(one.created)) &&
      (customer === undefined || one.customer === customer) &&
      (payment_intent === undefined || one.payment_intent === payment_intent),
  },
};

/** Records an attempt to charge a payment intent's amount; a bank debit is pending until the bank decides. */
export function addCharge(
  intent: PaymentIntent,
  method: PaymentMethod,
  outcome: "succeeded" | "pending" | StripeError,
  store: Store,
): Charge {
  const id = randomId(method.type === "card" ? "ch_3" : "py_3", 23);
  const charge = store.tables.charge.add({
    id,
    object: "charge",
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details as Charge["billing_details"],
    calculated_statement_descriptor: null,
    captured: true,
    created: store.time(),
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: {
      type: method.type,
      [method.type]: method[method.type as "card"],
    } as unknown as Charge["payment_method_details"],
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "pending",
    transfer_data: null,
    transfer_group: null,
  });
  if (outcome !== "pending") return decideCharge(charge, outcome, store);
  store.emit("charge.pending", charge);
  return charge;
}

/** Ends a new or pending charge. */
export function decideCharge(charge: Charge, outcome: "succeeded" | StripeError, store: Store): Charge {
  const paid = outcome === "succeeded";
  const after = store.tables.charge.replace({
    ...charge,
    amount_captured: paid ? charge.amount : 0,
    balance_transaction: paid ? randomId("txn_3", 23) : null,
    failure_code: paid ? null : outcome.fields.code ?? null,
    failure_message: paid ? null : outcome.fields.message,
    outcome: {
      advice_code: null,
      network_advice_code: null,
      network_decline_code: null,
      network_status: paid ? "approved_by_network" : "declined_by_network",
      reason: paid ? null : outcome.fields.decline_code ?? outcome.fields.code ?? null,
      risk_level: "normal",
      seller_message: paid ? "Payment complete." : "The bank did not return any further details with this decline.",
      type: paid ? "authorized" : "issuer_declined",
    },
    paid,
    status: paid ? "succeeded" : "failed",
  });
  store.emit(paid ? "charge.succeeded" : "charge.failed", after);
  return after;
}
