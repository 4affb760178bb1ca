import { invalid, noSuch } from "../../core/errors.ts";
import { type AllExpansions, render } from "../../core/expand.ts";
import { fields, integer, text } from "../../core/params.ts";
import type { Route } from "../../core/resource.ts";
import type { Session } from "../../core/wire.ts";
import { charge, failsLater } from "../payment_method/test_cards.ts";
import { openSession } from "./checkout_session.ts";
import { withLocation } from "./location.ts";
import { decideDebit, isBusy, startPayment } from "./payment.ts";

const confirmParams = fields({ expected_amount: integer(0), payment_method: text }, "payment_method");

/** The calls of the page at a Checkout session's `url`; Stripe's CLI uses them to pay without a browser. */
export const paymentPageCalls = (all: AllExpansions): Route[] => [
  {
    method: "GET",
    path: "/v1/payment_pages/:id",
    prepare: (_, id) => (store) => pageOf(openSession(id, store)),
  },
  {
    method: "POST",
    path: "/v1/payment_pages/:id/confirm",
    prepare(form, id) {
      const params = confirmParams(form, "");
      return (store) => {
        const before = openSession(id, store);
        const method = store.tables.payment_method.live(params.payment_method);
        if (!method) throw noSuch("PaymentMethod", params.payment_method, "payment_method");
        const { address, email, name } = method.billing_details;
        const session = withLocation(before, address ?? null, store);
        if (params.expected_amount !== undefined && params.expected_amount !== session.amount_total) {
          throw invalid(
            "The expected amount is not what the session asks for.",
            "expected_amount",
            "checkout_amount_mismatch",
          );
        }
        if (!session.payment_method_types.includes(method.type)) {
          throw invalid(`The payment method type "${method.type}" is not one of the session's.`, "payment_method");
        }
        const buyer = { address: address ?? null, email: email ?? null, name: name ?? null };
        const done = startPayment(session, method, buyer, store);
        if (isBusy(done)) throw charge(method)!.error;
        const after = done.attempt?.debit
          ? decideDebit(done, failsLater(method) ? "failed" : "succeeded", store)
          : done;
        return { ...pageOf(after), session: render("checkout.session", after, [], all, store) };
      };
    },
  },
];

const pageOf = ({ id, amount_total, currency, mode, status, payment_status }: Session) => ({
  id,
  object: "checkout.session",
  session_id: id,
  amount_total,
  currency,
  mode,
  status,
  payment_status,
});
