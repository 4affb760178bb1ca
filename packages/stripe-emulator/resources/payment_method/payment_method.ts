import { invalid, noSuch } from "../../core/errors.ts";
import type { AllExpansions, Expansions } from "../../core/expand.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { fields, integer, oneOf, text } from "../../core/params.ts";
import { action, listing, type Resource, type Route } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PaymentMethod } from "../../core/wire.ts";
import { billingDetails, newMethod, noSuchMethod, readCard, readIban, sharedMethod, wholeDetails } from "./create.ts";
import { checkAttachable, testCard } from "./test_cards.ts";

const type = oneOf("card", "sepa_debit");

const create = fields({
  allow_redisplay: oneOf("always", "limited", "unspecified"),
  billing_details: billingDetails,
  card: fields({ token: text }, "token"),
  metadata,
  sepa_debit: fields({ iban: text }, "iban"),
  type,
}, "type");
const update = fields({
  allow_redisplay: oneOf("always", "limited", "unspecified"),
  billing_details: billingDetails,
  card: fields({ exp_month: integer(1, 12), exp_year: integer(2_000) }),
  metadata,
});
const listed = fields({ ...pageParams, customer: text, type });

export const expansions: Expansions<PaymentMethod> = { references: { customer: "customer" }, included: {} };

/** https://docs.stripe.com/api/payment_methods */
export const paymentMethod: Resource<
  "payment_method",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "payment_method",
  path: "/v1/payment_methods",
  idParam: "payment_method",
  create: {
    params: create,
    run({ card, sepa_debit, billing_details, type, metadata: change, ...rest }, store) {
      const method = newMethod(type === "card" ? readCard(card?.token) : readIban(sepa_debit?.iban), store);
      return store.tables.payment_method.add({
        ...method,
        ...rest,
        billing_details: { ...method.billing_details, ...wholeDetails(billing_details) },
        metadata: mergeMetadata({}, change),
      });
    },
  },
  update: {
    params: update,
    run(method, { card, billing_details, metadata: change, ...rest }, store) {
      const after = store.tables.payment_method.replace({
        ...method,
        ...rest,
        ...(card && method.card && { card: { ...method.card, ...card } }),
        billing_details: { ...method.billing_details, ...wholeDetails(billing_details) },
        metadata: mergeMetadata(method.metadata ?? {}, change),
      });
      store.emit("payment_method.updated", after, method);
      return after;
    },
  },
  list: {
    params: listed,
    matches: ({ customer, type }) => (method) =>
      (customer === undefined || method.customer === customer) && (type === undefined || method.type === type),
  },
};

/** Attaches a method to a customer; copies a shared test method such as `pm_card_visa`. */
export function attach(id: string, customer: string, store: Store): PaymentMethod {
  const method = store.tables.payment_method.live(id) ?? sharedMethod(id, store);
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    throw invalid("The payment method you provided has already been attached to a customer.", "payment_method");
  }
  checkAttachable(method);
  const after = store.tables.payment_method.replace({ ...method, customer });
  store.emit("payment_method.attached", after);
  return after;
}

/** The customer's method with an id; attaches a shared test method. @throws StripeError when it is not the customer's */
export function requireMethod(id: string, param: string, customer: string, store: Store): PaymentMethod {
  if (testCard(id)) return attach(id, customer, store);
  const method = store.tables.payment_method.live(id);
  if (!method) throw noSuchMethod(id, param);
  if (method.customer === customer) return method;
  const message =
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`;
  throw invalid(message, param, "resource_missing");
}

/** Detaches a method from its customer. */
function detach(method: PaymentMethod, store: Store): PaymentMethod {
  if (method.customer === null) {
    throw invalid(
      "The payment method you provided is not attached to a customer so detachment is impossible.",
      "payment_method",
    );
  }
  const owner = store.tables.customer.live(method.customer);
  if (owner?.invoice_settings.default_payment_method === method.id) {
    store.tables.customer.replace({
      ...owner,
      invoice_settings: { ...owner.invoice_settings, default_payment_method: null },
    });
  }
  const after = store.tables.payment_method.replace({ ...method, customer: null });
  store.emit("payment_method.detached", after, method);
  return after;
}

/** The calls that other resources do not have. */
export function paymentMethodCalls(all: AllExpansions): Route[] {
  const attached = fields({ customer: text }, "customer");
  const ofCustomer = fields({ ...pageParams, type });
  return [
    {
      method: "POST",
      path: "/v1/payment_methods/:id/attach",
      prepare(form, id) {
        const { customer } = attached(form, "");
        return (store) => {
          if (!store.tables.customer.live(customer)) {
            throw invalid(`No such customer: '${customer}'`, "customer", "resource_missing");
          }
          return attach(id, customer, store);
        };
      },
    },
    action({
      kind: "payment_method",
      path: "/v1/payment_methods/:id/detach",
      idParam: "payment_method",
      params: fields({}),
      run: (method, _, store) => detach(method, store),
    }, all),
    listing({
      kind: "payment_method",
      path: "/v1/customers/:id/payment_methods",
      params: ofCustomer,
      matches({ type }, store, customer) {
        if (!store.tables.customer.live(customer)) throw noSuch("customer", customer, "customer", 404);
        return (method) => method.customer === customer && (type === undefined || method.type === type);
      },
    }, all),
  ];
}
