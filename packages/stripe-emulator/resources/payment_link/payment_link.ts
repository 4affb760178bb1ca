import { invalid, noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata, metadata } from "../../core/metadata.ts";
import { pageParams } from "../../core/pages.ts";
import { boolean, fields, integer, list, text } from "../../core/params.ts";
import type { Resource } from "../../core/resource.ts";
import type { Store } from "../../core/store.ts";
import type { PaymentLink } from "../../core/wire.ts";

const create = fields(
  { line_items: list(fields({ price: text, quantity: integer(1) }, "price", "quantity"), 20), metadata },
  "line_items",
);
const update = fields({ active: boolean, metadata });
const listed = fields({ ...pageParams, active: boolean });

/** How many line items a link shows. */
const SHOWN = 10;

export const expansions: Expansions<PaymentLink> = {
  references: {},
  included: { line_items: (link, _paths, _all, store) => lineItemsOf(link, store) },
  hidden: ["lines"],
};

/** https://docs.stripe.com/api/payment-link. Its address has no page. */
export const paymentLink: Resource<
  "payment_link",
  ReturnType<typeof create>,
  ReturnType<typeof update>,
  ReturnType<typeof listed>
> = {
  kind: "payment_link",
  path: "/v1/payment_links",
  idParam: "payment_link",
  create: { params: create, run: createLink },
  update: {
    params: update,
    run: (before, { metadata: change, ...params }, store) =>
      store.tables.payment_link.replace({ ...before, ...params, metadata: mergeMetadata(before.metadata, change) }),
  },
  list: { params: listed, matches: ({ active }) => (one) => active === undefined || one.active === active },
};

function createLink({ line_items, metadata: change }: ReturnType<typeof create>, store: Store): PaymentLink {
  const prices = line_items.map(({ price: id }, index) => {
    const param = `line_items[${index}][price]`;
    const price = store.tables.price.live(id);
    if (!price) throw noSuch("price", id, param);
    if (price.active) return price;
    throw invalid("The price specified is inactive. This field only accepts active prices.", param);
  });
  const [first] = prices;
  if (!first) throw invalid("Missing required param: line_items.", "line_items");
  const id = randomId("plink_1", 23);
  return store.tables.payment_link.add({
    id,
    object: "payment_link",
    active: true,
    after_completion: { hosted_confirmation: { custom_message: null }, type: "hosted_confirmation" },
    allow_promotion_codes: false,
    application: null,
    application_fee_amount: null,
    application_fee_percent: null,
    automatic_tax: { enabled: false, liability: null },
    billing_address_collection: "auto",
    consent_collection: null,
    currency: first.currency,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer_creation: "if_required",
    inactive_message: null,
    invoice_creation: null,
    lines: line_items,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, change),
    on_behalf_of: null,
    payment_intent_data: null,
    payment_method_collection: "always",
    payment_method_options: null,
    payment_method_types: null,
    phone_number_collection: { enabled: false },
    restrictions: null,
    shipping_address_collection: null,
    shipping_options: [],
    submit_type: "auto",
    subscription_data: null,
    tax_id_collection: { enabled: false, required: "never" },
    transfer_data: null,
    url: `${store.origin}/test_${id}`,
  });
}

/** The first line items, which a link shows with expand only. */
function lineItemsOf({ id, currency, lines }: PaymentLink, store: Store) {
  const data = lines.slice(0, SHOWN).map(({ price: priceId, quantity }, index) => {
    const { tiers: _, currency_options: __, inline: ___, ...price } = store.tables.price.live(priceId)!;
    const amount = (price.unit_amount ?? 0) * quantity;
    return {
      id: `li_${id.slice(-20)}${index}`,
      object: "item",
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency,
      description: store.tables.product.live(price.product)?.name ?? null,
      price,
      quantity,
    };
  });
  return { object: "list", data, has_more: lines.length > SHOWN, url: `/v1/payment_links/${id}/line_items` };
}
