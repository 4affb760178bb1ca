import { invalid } from "../core/errors.ts";
import type { Expansions } from "../core/expand.ts";
import { randomId } from "../core/ids.ts";
import { mergeMetadata, metadata } from "../core/metadata.ts";
import { pageParams } from "../core/pages.ts";
import { fields, integer, list, oneOf, optionalText, orUnset, type Param, text, time } from "../core/params.ts";
import type { Resource } from "../core/resource.ts";
import type { SearchFields } from "../core/search_query.ts";
import type { Customer } from "../core/wire.ts";

const email: Param<string | null> = (value, param) => {
  const address = optionalText(value, param);
  if (address && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address)) {
    throw invalid(`Invalid email address: ${address}`, param, "email_invalid");
  }
  return address;
};

const address = fields({
  city: optionalText,
  country: optionalText,
  line1: optionalText,
  line2: optionalText,
  postal_code: optionalText,
  state: optionalText,
});
const taxExempt = oneOf("exempt", "none", "reverse");

const writable = fields({
  address: orUnset(address),
  balance: integer(),
  description: optionalText,
  email,
  invoice_prefix: text,
  invoice_settings: fields({
    custom_fields: orUnset(list(fields({ name: text, value: text }, "name", "value"), 4)),
    footer: optionalText,
    rendering_options: orUnset(fields({ amount_tax_display: optionalText, template: optionalText })),
  }),
  metadata,
  name: optionalText,
  next_invoice_sequence: integer(1),
  phone: optionalText,
  preferred_locales: list(text, 20),
  shipping: orUnset(fields({ address, name: text, phone: optionalText }, "address", "name")),
  tax_exempt: orUnset(taxExempt),
});
type CustomerParams = ReturnType<typeof writable>;

const listed = fields({ ...pageParams, created: time, email: text });

const emptyList = (path: string) => (customer: Customer) => ({
  object: "list",
  data: [],
  has_more: false,
  url: `/v1/customers/${customer.id}/${path}`,
});

export const expansions: Expansions<Customer> = {
  references: { default_source: null, discount: null, test_clock: null },
  included: {
    invoice_credit_balance: () => ({}),
    sources: emptyList("sources"),
    subscriptions: emptyList("subscriptions"),
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
export const customer: Resource<"customer", CustomerParams, CustomerParams, ReturnType<typeof listed>> = {
  kind: "customer",
  path: "/v1/customers",
  idParam: "id",
  deletedAnswers: true,
  create: {
    params: writable,
    run: (params, store) => store.tables.customer.add(change(newCustomer(store.time()), params)),
  },
  update: {
    params: writable,
    run: (customer, params, store) => store.tables.customer.replace(change(customer, params)),
  },
  list: {
    params: listed,
    matches: ({ created, email }) => (customer) =>
      (created === undefined || created(customer.created)) && (email === undefined || customer.email === email),
  },
  remove: (customer, store) => store.tables.customer.remove(customer.id),
  search: searchFields,
};

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

function change(customer: Customer, params: CustomerParams): Customer {
  const { address, invoice_settings, metadata: metadataChange, shipping, tax_exempt, ...rest } = params;
  return {
    ...customer,
    ...rest,
    ...(address !== undefined && { address: address && wholeAddress(address) }),
    ...(shipping !== undefined && {
      shipping: shipping && { ...shipping, address: wholeAddress(shipping.address), phone: shipping.phone ?? null },
    }),
    ...(tax_exempt !== undefined && { tax_exempt: tax_exempt ?? "none" }),
    invoice_settings: changeInvoiceSettings(customer.invoice_settings, invoice_settings),
    metadata: mergeMetadata(customer.metadata, metadataChange),
  };
}

function changeInvoiceSettings(
  before: Customer["invoice_settings"],
  { rendering_options: options, ...rest }: NonNullable<CustomerParams["invoice_settings"]> = {},
): Customer["invoice_settings"] {
  const whole = options &&
    { amount_tax_display: options.amount_tax_display ?? null, template: options.template ?? null };
  return { ...before, ...rest, ...(whole !== undefined && { rendering_options: whole }) };
}

const wholeAddress = (given: ReturnType<typeof address>) => ({
  city: given.city || null,
  country: given.country || null,
  line1: given.line1 || null,
  line2: given.line2 || null,
  postal_code: given.postal_code || null,
  state: given.state || null,
});
