import { invalid, noSuch } from "../../core/errors.ts";
import { randomId } from "../../core/ids.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Price, Session } from "../../core/wire.ts";
import { amountOf } from "../price/amount_of.ts";
import { inlinePrice, requireOne, requireProduct } from "../price/inline.ts";
import { createProduct } from "../product/create.ts";
import { wholeAddress } from "../shared/address.ts";
import { EMPTY_SESSION } from "./empty_session.ts";
import type { intentData, SessionParams } from "./params.ts";

const DAY = 24 * 60 * 60;
export function createSession(params: SessionParams, store: Store): Session {
  if (params.customer !== undefined && !store.tables.customer.live(params.customer)) {
    throw noSuch("customer", params.customer, "customer");
  }
  const prices = readPrices(params, store);
  const quantities = params.line_items.map(({ quantity = 1 }) => quantity);
  const total = prices.reduce((sum, price, index) => sum + amountOf(price, quantities[index]!), 0);
  const now = store.time();
  const expires = params.expires_at ?? now + DAY;
  if (expires < now + 30 * 60 || expires > now + DAY) {
    throw invalid(
      "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
      "expires_at",
    );
  }
  const lines = prices.map((price, index) => ({
    price: storedPrice(price, params.line_items[index]!.price_data, store),
    quantity: quantities[index]!,
  }));
  const id = randomId("cs_test_a1", 58);
  return store.tables["checkout.session"].add({
    ...EMPTY_SESSION,
    id,
    allow_promotion_codes: params.allow_promotion_codes ?? null,
    amount_subtotal: total,
    amount_total: total,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    created: now,
    currency: prices[0]!.currency,
    customer: params.customer ?? null,
    customer_creation: params.customer === undefined ? params.mode === "payment" ? "if_required" : "always" : null,
    customer_email: params.customer_email ?? null,
    expires_at: expires,
    locale: (params.locale || null) as Session["locale"],
    metadata: mergeMetadata({}, params.metadata),
    mode: params.mode,
    payment_method_collection: params.mode === "subscription" ? "always" : "if_required",
    payment_method_types: params.payment_method_types ?? ["card"],
    success_url: params.success_url,
    url: `https://checkout.stripe.com/c/pay/${id}`,
    lines,
    intent_data: intentOf(params.payment_intent_data),
    subscription_data: params.subscription_data ?? {},
  });
}

function intentOf({ description, metadata, setup_future_usage, shipping }: ReturnType<typeof intentData> = {}) {
  return {
    description: description ?? null,
    metadata: mergeMetadata({}, metadata),
    setup_future_usage: setup_future_usage ?? null,
    shipping: shipping
      ? { address: wholeAddress(shipping.address), name: shipping.name, phone: shipping.phone ?? null }
      : null,
  };
}

/** The prices of the lines: of one currency, and of the type that the mode requires. */
function readPrices({ line_items, mode, ...params }: SessionParams, store: Store): Price[] {
  if (line_items.length === 0) throw invalid("The `line_items` parameter is required in payment mode.", "line_items");
  const prices = line_items.map((item, index) => {
    const param = `line_items[${index}][price]`;
    const price = readPrice(item, (field) => `line_items[${index}][${field}]`, store);
    if (mode === "payment" && price.recurring) {
      throw invalid(
        "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
        param,
      );
    }
    if (mode === "subscription" && !price.recurring) {
      throw invalid("You must provide at least one recurring price in `subscription` mode when using prices.", param);
    }
    return price;
  });
  if (new Set(prices.map(({ currency }) => currency)).size > 1) {
    throw invalid("All prices on a Checkout session must have the same currency.", "line_items");
  }
  if (mode === "subscription" && params.payment_intent_data) {
    throw invalid("You can not pass `payment_intent_data` in `subscription` mode.", "payment_intent_data");
  }
  if (mode === "payment" && params.subscription_data) {
    throw invalid("You can not pass `subscription_data` in `payment` mode.", "subscription_data");
  }
  return prices;
}

type LineItem = SessionParams["line_items"][number];

/** The price of a line, existing or inline; an inline price and its product are not stored yet. */
function readPrice({ price: id, price_data: data }: LineItem, nameOf: (field: string) => string, store: Store): Price {
  requireOne(id, data, nameOf);
  if (!data) {
    const price = store.tables.price.live(id!);
    if (!price) throw noSuch("price", id!, nameOf("price"));
    if (price.active) return price;
    throw invalid("The price specified is inactive. This field only accepts active prices.", nameOf("price"));
  }
  const param = `${nameOf("price_data")}[product]`;
  if ((data.product === undefined) === (data.product_data === undefined)) {
    throw invalid("You must specify either `product` or `product_data` when creating a price.", param);
  }
  return inlinePrice(data, data.product === undefined ? "" : requireProduct(data.product, param, store), store);
}

/** Stores the price of a line if it is inline, with the product of `product_data`. @returns Its id */
function storedPrice(price: Price, data: LineItem["price_data"], store: Store): string {
  if (!data) return price.id;
  const product = data.product_data ? createProduct({ ...data.product_data, active: false }, store).id : price.product;
  return store.tables.price.add({ ...price, product }).id;
}

/** How many line items a session object contains; the list of line items has all. */
const SHOWN = 10;

/** The first line items, which a session shows with expand only. */
export const lineItemsOf = (session: Session, store: Store) => ({
  object: "list",
  data: allLineItems(session, store).slice(0, SHOWN),
  has_more: session.lines.length > SHOWN,
  url: `/v1/checkout/sessions/${session.id}/line_items`,
});

/** All line items of a session. */
export const allLineItems = ({ id, lines }: Session, store: Store) =>
  lines.map(({ price: priceId, quantity }, index) => {
    const { tiers: _, currency_options: __, inline: ___, ...price } = store.tables.price.live(priceId)!;
    const amount = amountOf(store.tables.price.live(priceId)!, quantity);
    return {
      id: `li_${id.slice(-20)}${index}`,
      object: "item",
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: store.tables.product.live(price.product)?.name ?? null,
      price,
      quantity,
    };
  });
