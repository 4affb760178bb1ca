import { invalid, noSuch } from "../../core/errors.ts";
import { mergeMetadata } from "../../core/metadata.ts";
import type { Store } from "../../core/store.ts";
import type { Price, Session } from "../../core/wire.ts";
import { inCurrency } from "../price/in_currency.ts";
import { inlinePrice, requireOne, requireProduct } from "../price/inline.ts";
import { createProduct } from "../product/create.ts";
import type { SessionParams } from "./params.ts";
import { abandonPayment } from "./payment.ts";
import { lineAmounts, withTotals } from "./totals.ts";

/** The prices of the lines, which have the session's currency and are of the type that its mode requires. */
export function readPrices({ line_items, mode, ...params }: SessionParams, store: Store) {
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
  const currency = params.currency ?? prices[0]!.currency;
  prices.forEach((price, index) => inCurrency(price, currency, `line_items[${index}][price]`));
  return { prices, currency };
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

/** The lines of a new session; stores inline prices. */
export const newLines = (prices: Price[], items: LineItem[], store: Store): Session["lines"] =>
  items.map((item, index) => ({
    price: storedPrice(prices[index]!, item.price_data, store),
    quantity: item.quantity ?? 1,
    adjustable_quantity: adjustable(item, `line_items[${index}]`),
    metadata: mergeMetadata({}, item.metadata),
  }));

/** The range of a quantity that the buyer may change: by default 0 to 99. */
function adjustable({ adjustable_quantity: given, quantity = 1 }: LineItem, param: string) {
  if (!given?.enabled) return null;
  const { maximum = 99, minimum = 0 } = given;
  if (quantity >= minimum && quantity <= maximum) return { enabled: true as const, maximum, minimum };
  throw invalid(
    `The quantity must be between the minimum ${minimum} and the maximum ${maximum} of \`adjustable_quantity\`.`,
    `${param}[quantity]`,
  );
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
export function allLineItems(session: Session, store: Store) {
  const { id, currency, lines } = session;
  const amounts = lineAmounts(session, store);
  return lines.map(({ price: priceId, quantity, adjustable_quantity, metadata }, index) => {
    const { tiers: _, currency_options: __, inline: ___, ...price } = store.tables.price.live(priceId)!;
    const { discount, subtotal, tax, total } = amounts[index]!;
    return {
      id: `li_${id.slice(-20)}${index}`,
      object: "item",
      adjustable_quantity,
      amount_discount: discount,
      amount_subtotal: subtotal,
      amount_tax: tax,
      amount_total: total,
      currency: currency!,
      description: store.tables.product.live(price.product)?.name ?? null,
      metadata,
      price,
      quantity,
    };
  });
}

/**
 * The session with the quantities that the buyer entered as `quantity_0`, `quantity_1`, …; a change ends what an earlier
 * payment has made.
 *
 * @throws StripeError when a quantity is outside of its range, or nothing is left
 */
export function withQuantities(session: Session, entered: Record<string, string>, store: Store): Session {
  const lines = session.lines.map((line, index) => {
    const given = entered[`quantity_${index}`];
    const { adjustable_quantity: range } = line;
    if (given === undefined || !range) return line;
    const quantity = /^\d{1,6}$/.test(given) ? Number(given) : -1;
    if (quantity >= range.minimum && quantity <= range.maximum) return { ...line, quantity };
    throw invalid(`Enter a quantity from ${range.minimum} to ${range.maximum}.`, `quantity_${index}`);
  });
  if (lines.every(({ quantity }) => quantity === 0)) throw invalid("Enter a quantity above 0.", "quantity_0");
  if (lines.every(({ quantity }, index) => quantity === session.lines[index]!.quantity)) return session;
  abandonPayment(session, store);
  return store.tables["checkout.session"].replace(withTotals({ ...session, attempt: null, lines }, store));
}
