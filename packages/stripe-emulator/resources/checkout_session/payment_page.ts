import { invalid, noSuch } from "../../core/errors.ts";
import { type AllExpansions, render } from "../../core/expand.ts";
import { fields, integer, text } from "../../core/params.ts";
import type { Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PaymentMethod, Session } from "../../core/wire.ts";
import { customer as customerResource } from "../customer/customer.ts";
import { createIntent, moveIntent } from "../payment_intent/payment_intent.ts";
import { attach } from "../payment_method/payment_method.ts";
import { charge, failsLater, isDebit } from "../payment_method/test_cards.ts";
import { createSubscription } from "../subscription/create.ts";
import { openSession } from "./checkout_session.ts";

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
        const session = openSession(id, store);
        const method = store.tables.payment_method.live(params.payment_method);
        if (!method) throw noSuch("PaymentMethod", params.payment_method, "payment_method");
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
        const after = session.mode === "subscription" ? subscribe(session, method, store) : pay(session, method, store);
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

/** Pays once; a bank debit is processing when the session completes, and ends right after. */
function pay(session: Session, method: PaymentMethod, store: Store): Session {
  const intent = createIntent({
    ...session.intent_data,
    amount: session.amount_total!,
    currency: session.currency!,
    customer: session.customer,
    payment_method_types: session.payment_method_types,
  }, store);
  const failure = isDebit(method) ? undefined : charge(method);
  if (failure) {
    moveIntent(intent, "payment_failed", null, store);
    throw failure.error;
  }
  const moved = moveIntent(intent, isDebit(method) ? "processing" : "succeeded", method.id, store);
  const done = complete(session, method, {
    payment_intent: intent.id,
    payment_status: isDebit(method) ? "unpaid" : "paid",
  }, store);
  if (!isDebit(method)) return done;

  moveIntent(moved, failsLater(method) ? "payment_failed" : "succeeded", method.id, store);
  const decided = store.tables["checkout.session"].replace({
    ...done,
    payment_status: failsLater(method) ? "unpaid" : "paid",
  });
  store.emit(`checkout.session.async_payment_${failsLater(method) ? "failed" : "succeeded"}`, decided);
  return decided;
}

/** Creates the subscription, for the session's customer or a new one. */
function subscribe(session: Session, method: PaymentMethod, store: Store): Session {
  const failure = charge(method);
  if (failure) throw failure.error;
  const { email, name } = method.billing_details;
  const customer = session.customer ??
    customerResource.create!.run({ email: session.customer_email ?? email, name }, store).id;
  attach(method.id, customer, store);
  const subscription = createSubscription(
    {
      ...session.subscription_data,
      customer,
      currency: session.currency!,
      items: session.lines.map(({ price, quantity }) => ({ price, quantity })),
      default_payment_method: method.id,
    },
    store,
    session.lines.map(({ price }) => store.tables.price.live(price)!),
  );
  return complete(session, method, {
    customer,
    invoice: subscription.latest_invoice,
    payment_status: subscription.status === "trialing" ? "no_payment_required" : "paid",
    subscription: subscription.id,
  }, store);
}

function complete(
  session: Session,
  { billing_details }: PaymentMethod,
  fields: Partial<Session>,
  store: Store,
): Session {
  const { address, email, name, phone } = billing_details;
  const done = store.tables["checkout.session"].replace({
    ...session,
    ...fields,
    customer_details: {
      address,
      business_name: null,
      email: session.customer_email ?? email,
      individual_name: null,
      name,
      phone,
      tax_exempt: "none",
      tax_ids: [],
    },
    status: "complete",
    url: null,
  });
  store.emit("checkout.session.completed", done);
  return done;
}
