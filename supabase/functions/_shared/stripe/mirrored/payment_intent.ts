import type Stripe from "stripe";
import { type ListPage, readAll } from "../page.ts";
import type { Read } from "../read.ts";
import type { BeforeRead, Resource } from "./resource.ts";

/** What the mirror keeps of a payment: no card and no billing details. */
export type KeptPayment = Pick<Stripe.PaymentIntent, (typeof FIELDS)[number]> & {
  latest_charge: Pick<Stripe.Charge, (typeof CHARGE_FIELDS)[number]> | null;
  disputes: { object: "list"; data: Pick<Stripe.Dispute, (typeof DISPUTE_FIELDS)[number]>[]; has_more: boolean };
};

const FIELDS = [
  ...["id", "object", "amount", "amount_received", "canceled_at", "created", "currency", "customer"] as const,
  ...["livemode", "metadata", "status"] as const,
] as const;
const CHARGE_FIELDS = ["id", "object", "amount_captured", "amount_refunded", "disputed", "refunded"] as const;
const DISPUTE_FIELDS = ["id", "object", "amount", "created", "reason", "status"] as const;

/** A payment with its refunds and disputes. https://docs.stripe.com/api/payment_intents */
export const paymentIntent: Resource<"payment_intent", KeptPayment> = {
  retrieve: async (read, id) =>
    await complete(read, kept(await read(["payment_intents", id], { expand: ["latest_charge"] }))),
  async list(read, page, options) {
    const params = { ...page, expand: ["data.latest_charge"] };
    const { data, has_more } = await read<ListPage<Stripe.PaymentIntent>>(["payment_intents"], params, options);
    return { data: data.map(kept), has_more };
  },
  rest: { field: "disputes", isCut: ({ disputes }) => disputes.has_more, complete },
};

/** Stripe lists disputes for a payment; the charge only says that there is one. */
function kept(payment: Stripe.PaymentIntent): KeptPayment {
  const charge = payment.latest_charge as Stripe.Charge | null;
  return {
    ...pick(payment, FIELDS),
    latest_charge: charge && pick(charge, CHARGE_FIELDS),
    disputes: { object: "list", data: [], has_more: charge?.disputed ?? false },
  };
}

/** https://docs.stripe.com/api/disputes/list */
async function complete(read: Read, payment: KeptPayment, beforeRead?: BeforeRead): Promise<KeptPayment> {
  if (!payment.disputes.has_more) return payment;
  const { id: payment_intent } = payment;
  const disputes = await readAll(
    (page) => read<ListPage<Stripe.Dispute>>(["disputes"], { payment_intent, ...page }),
    beforeRead,
  );
  const data = disputes.map((dispute) => pick(dispute, DISPUTE_FIELDS));
  return { ...payment, disputes: { object: "list", data, has_more: false } };
}

/** The object with these fields only. */
export const pick = <Object, Field extends keyof Object>(object: Object, fields: readonly Field[]) =>
  Object.fromEntries(fields.map((field) => [field, object[field]])) as Pick<Object, Field>;
