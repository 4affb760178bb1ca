import { type Expansions, render } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Resource } from "../../core/resource.ts";
import type { SearchFields } from "../../core/search_query.ts";
import type { Store } from "../../core/store.ts";
import type { Customer, Deleted } from "../../core/wire.ts";
import { cardFromToken } from "../payment_method/create.ts";
import { attach, requireMethod } from "../payment_method/payment_method.ts";
import { wholeAddress } from "../shared/address.ts";
import { subscriptionsOf } from "../subscription/of_customer.ts";
import { ENDED, endSubscription } from "../subscription/status.ts";
import { requireTestClock, timeOf } from "../test_clock/test_clock.ts";
import { type CreateParams, createParams, type CustomerParams, listParams, updateParams } from "./params.ts";

const emptyList = (path: string) => (customer: Customer) => ({
  object: "list",
  data: [],
  has_more: false,
  url: `/v1/customers/${customer.id}/${path}`,
});

export const expansions: Expansions<Customer> = {
  references: { default_source: "payment_method", discount: null, test_clock: "test_helpers.test_clock" },
  contained: { subscriptions: "subscription" },
  included: {
    invoice_credit_balance: () => ({}),
    sources: emptyList("sources"),
    subscriptions: (customer, paths, all, store) => {
      const inside = paths.filter((path) => path.startsWith("data.")).map((path) => path.slice("data.".length));
      const running = subscriptionsOf(customer.id, store).filter(({ status }) => status !== "canceled").toReversed();
      return {
        ...emptyList("subscriptions")(customer),
        data: running.slice(0, 10).map((one) => render("subscription", one, inside, all, store)),
        has_more: running.length > 10,
      };
    },
    tax_ids: emptyList("tax_ids"),
  },
};

const searchFields: SearchFields<Customer> = {
  created: { kind: "number", read: (customer) => customer.created },
  email: { kind: "text", read: (customer) => customer.email },
  metadata: { kind: "exact", read: () => null },
  name: { kind: "text", read: (customer) => customer.name },
  phone: { kind: "text", read: (customer) => customer.phone },
};

/** https://docs.stripe.com/api/customers */
export const customer: Resource<"customer", CreateParams, CustomerParams, ReturnType<typeof listParams>> = {
  kind: "customer",
  path: "/v1/customers",
  idParam: "id",
  deletedAnswers: true,
  create: { params: createParams, run: createCustomer },
  update: {
    params: updateParams,
    run: (customer, params, store) => store.tables.customer.replace(change(customer, params, store)),
  },
  list: {
    params: listParams,
    matches: ({ created, email, test_clock }) => (customer) =>
      (created === undefined || created(customer.created)) && (email === undefined || customer.email === email) &&
      customer.test_clock === (test_clock ?? null), // customers with a test clock are listed only by that clock
  },
  remove: removeCustomer,
  search: searchFields,
};

function createCustomer({ payment_method, test_clock, ...params }: CreateParams, store: Store): Customer {
  const clock = test_clock === undefined ? undefined : requireTestClock(test_clock, store);
  const draft = { ...newCustomer(clock?.frozen_time ?? store.time()), test_clock: clock?.id ?? null };
  const attached = payment_method === undefined ? undefined : attach(payment_method, draft.id, store);
  // A shared test method is copied for the customer; in this call its id means the copy.
  const settings = params.invoice_settings;
  const ownDefault = settings?.default_payment_method === payment_method ? attached?.id : undefined;
  return store.tables.customer.add(change(draft, {
    ...params,
    ...(settings && { invoice_settings: { ...settings, ...(ownDefault && { default_payment_method: ownDefault }) } }),
  }, store));
}

/** Deletes a customer and cancels its subscriptions. */
export function removeCustomer(customer: Customer, store: Store): Deleted {
  const at = timeOf(customer.id, store);
  for (const subscription of subscriptionsOf(customer.id, store)) {
    if (!ENDED.includes(subscription.status)) endSubscription(subscription, at, "cancellation_requested", store);
  }
  return store.tables.customer.remove(customer.id);
}

function newCustomer(created: number): Customer {
  return {
    id: randomId("cus_"),
    object: "customer",
    address: null,
    balance: 0,
    created,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomId("", 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
}

function change(customer: Customer, params: CustomerParams, store: Store): Customer {
  const { address, invoice_settings, metadata: metadataChange, shipping, source, tax_exempt, ...rest } = params;
  const settings = changeInvoiceSettings(customer, invoice_settings, store);
  const card = source === undefined ? undefined : attach(cardFromToken(source, "source", store).id, customer.id, store);
  return {
    ...customer,
    ...rest,
    ...(card && { default_source: card.id }),
    ...(address !== undefined && { address: address && wholeAddress(address) }),
    ...(shipping !== undefined && {
      shipping: shipping && { ...shipping, address: wholeAddress(shipping.address), phone: shipping.phone ?? null },
    }),
    ...(tax_exempt !== undefined && { tax_exempt: tax_exempt ?? "none" }),
    invoice_settings: settings,
    metadata: mergeMetadata(customer.metadata, metadataChange),
  };
}

function changeInvoiceSettings(
  { id, invoice_settings: before }: Customer,
  { default_payment_method: method, rendering_options: options, ...rest }: NonNullable<
    CustomerParams["invoice_settings"]
  > = {},
  store: Store,
): Customer["invoice_settings"] {
  const name = "invoice_settings[default_payment_method]";
  const whole = options &&
    { amount_tax_display: options.amount_tax_display ?? null, template: options.template ?? null };
  return {
    ...before,
    ...rest,
    ...(method !== undefined && { default_payment_method: method && requireMethod(method, name, id, store).id }),
    ...(whole !== undefined && { rendering_options: whole }),
  };
}
