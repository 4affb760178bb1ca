import { StripeError } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { Charge, Dispute } from "../../core/wire.ts";
import { type ListedOfAPayment, listOfAPayment } from "../shared/of_a_payment.ts";

const DAY = 24 * 60 * 60;

export const expansions: Expansions<Dispute> = {
  references: { charge: "charge", payment_intent: "payment_intent" },
  included: {},
};

/** https://docs.stripe.com/api/disputes; a control call creates and decides them. */
export const dispute: Resource<"dispute", never, never, ListedOfAPayment> = {
  kind: "dispute",
  path: "/v1/disputes",
  idParam: "dispute",
  list: listOfAPayment,
};

/** Disputes a charge, as a cardholder's bank does. @throws StripeError unless it is paid and not disputed */
export function openDispute(charge: Charge, store: Store): Dispute {
  if (charge.status !== "succeeded" || charge.disputed) {
    throw new StripeError(400, { message: "Only a paid charge without a dispute can be disputed" });
  }
  store.tables.charge.replace({ ...charge, disputed: true });
  const dispute = store.tables.dispute.add({
    id: randomId("du_1", 23),
    object: "dispute",
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: store.time(),
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: {} as Dispute["evidence"],
    evidence_details: {
      due_by: store.time() + 14 * DAY,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: null as unknown as Dispute["evidence_details"]["submission_method"],
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason: "general",
    status: "needs_response",
  });
  store.emit("charge.dispute.created", dispute);
  store.emit("charge.dispute.funds_withdrawn", dispute);
  return dispute;
}

/** What a dispute can become. */
export const DISPUTE_STATUSES = ["lost", "under_review", "won"] as const;

/** Moves a dispute that is not closed. @throws StripeError when it is */
export function moveDispute(before: Dispute, status: typeof DISPUTE_STATUSES[number], store: Store): Dispute {
  if (before.status === "won" || before.status === "lost") {
    throw new StripeError(400, { message: `The dispute is closed: its status is ${before.status}` });
  }
  const after = store.tables.dispute.replace({ ...before, status });
  store.emit(status === "under_review" ? "charge.dispute.updated" : "charge.dispute.closed", after, before);
  if (status === "won") store.emit("charge.dispute.funds_reinstated", after);
  return after;
}
