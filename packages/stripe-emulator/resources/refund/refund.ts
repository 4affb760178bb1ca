import { invalid, noSuch, StripeError } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { fields, integer, oneOf, text } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Charge, Refund } from "../../core/wire.ts";
import { type ListedOfAPayment, listOfAPayment } from "../shared/of_a_payment.ts";

const create = fields({
  amount: integer(1),
  charge: text,
  metadata,
  payment_intent: text,
  reason: oneOf("duplicate", "fraudulent", "requested_by_customer"),
});
const update = fields({ metadata });

export const expansions: Expansions<Refund> = {
  references: { balance_transaction: null, charge: "charge", payment_intent: "payment_intent" },
  included: {},
};

/** https://docs.stripe.com/api/refunds */
export const refund: Resource<
  "refund",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ListedOfAPayment
> = {
  kind: "refund",
  path: "/v1/refunds",
  idParam: "id",
  create: { params: create, run: createRefund },
  update: {
    params: update,
    run: (before, { metadata: change }, store) =>
      store.tables.refund.replace({ ...before, metadata: mergeMetadata(before.metadata ?? {}, change) }),
  },
  list: listOfAPayment,
};

/** Refunds a charge: all that is left of it, or an amount. */
function createRefund(params: ReturnType<typeof create>, store: Store): Refund {
  const charge = refundable(params, store);
  if (charge.refunded) {
    throw new StripeError(400, {
      code: "charge_already_refunded",
      message: `Charge ${charge.id} has already been refunded.`,
    });
  }
  if (charge.disputed) {
    throw new StripeError(400, {
      code: "charge_disputed",
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    });
  }
  const left = charge.amount_captured - charge.amount_refunded;
  const { amount = left } = params;
  if (amount > left) {
    throw invalid(
      `Refund amount (${shown(amount, charge)}) is greater than unrefunded amount on charge (${shown(left, charge)})`,
      "amount",
    );
  }
  const refund = store.tables.refund.add({
    id: randomId("re_3", 23),
    object: "refund",
    amount,
    balance_transaction: randomId("txn_3", 23),
    charge: charge.id,
    created: store.time(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    metadata: mergeMetadata({}, params.metadata),
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    reason: params.reason ?? null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  });
  store.emit("charge.refunded", countRefund(charge, amount, store), charge);
  return refund;
}

function refundable({ charge: id, payment_intent }: ReturnType<typeof create>, store: Store): Charge {
  if ((id === undefined) === (payment_intent === undefined)) {
    throw invalid("One of the following params should be provided for this request: payment_intent or charge.");
  }
  const intent = payment_intent === undefined ? undefined : store.tables.payment_intent.live(payment_intent);
  if (payment_intent !== undefined && !intent) throw noSuch("payment_intent", payment_intent, "payment_intent");
  const charge = store.tables.charge.live(id ?? intent?.latest_charge ?? "");
  if (id !== undefined && !charge) throw noSuch("charge", id, "charge");
  if (charge?.status === "succeeded") return charge;
  throw invalid(
    payment_intent === undefined
      ? `Charge ${id} has not been paid, so it cannot be refunded.`
      : `This PaymentIntent (${payment_intent}) does not have a successful charge to refund.`,
    payment_intent === undefined ? "charge" : "payment_intent",
  );
}

function countRefund(charge: Charge, amount: number, store: Store): Charge {
  const amount_refunded = charge.amount_refunded + amount;
  return store.tables.charge.replace({
    ...charge,
    amount_refunded,
    refunded: amount_refunded === charge.amount_captured,
  });
}

/** The bank returns a refund, which the charge then no longer counts: https://docs.stripe.com/refunds#failed-refunds */
export function failRefund(before: Refund, store: Store): Refund {
  const charge = store.tables.charge.live(before.charge!)!;
  countRefund(charge, -before.amount, store);
  const failed = store.tables.refund.replace({
    ...before,
    failure_balance_transaction: randomId("txn_3", 23),
    failure_reason: "expired_or_canceled_card",
    status: "failed",
  });
  store.emit("refund.failed", failed);
  store.emit("charge.refund.updated", failed, before);
  return failed;
}

function shown(amount: number, { currency }: Charge): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
