import { pageParams } from "../../core/pages.ts";
import { fields, text, time } from "../../core/params.ts";

/** What Stripe lists refunds and disputes by. */
const listed = fields({ ...pageParams, charge: text, created: time, payment_intent: text });
export type ListedOfAPayment = ReturnType<typeof listed>;

interface OfAPayment {
  readonly charge: unknown;
  readonly created: number;
  readonly payment_intent: unknown;
}

export const listOfAPayment = {
  params: listed,
  matches: ({ charge, created, payment_intent }: ListedOfAPayment) => (one: OfAPayment) =>
    (charge === undefined || one.charge === charge) &&
    (created === undefined || created(one.created)) &&
    (payment_intent === undefined || one.payment_intent === payment_intent),
};
