import type { Store } from "../../core/store.ts";
import type { Coupon, Session } from "../../core/wire.ts";
import { sharesOf } from "../discount/shares.ts";
import { amountOf } from "../price/amount_of.ts";
import { inCurrency } from "../price/in_currency.ts";

type Ordered = Pick<Session, "currency" | "discounts" | "lines">;

/** What each line costs: before the discount, and its part of it. */
export function lineAmounts({ currency, discounts, lines }: Ordered, store: Store) {
  const subtotals = lines.map(({ price, quantity }) =>
    amountOf(inCurrency(store.tables.price.live(price)!, currency!, "currency"), quantity)
  );
  const coupon = appliedCoupon({ discounts }, store);
  const shares = coupon ? sharesOf(coupon, subtotals) : subtotals.map(() => 0);
  return subtotals.map((subtotal, index) => ({ subtotal, discount: shares[index]! }));
}

/** The coupon of the promotion code that the buyer applied. */
const appliedCoupon = ({ discounts }: Pick<Session, "discounts">, store: Store): Coupon | undefined => {
  const code = store.tables.promotion_code.live(discounts?.[0]?.promotion_code ?? "");
  return store.tables.coupon.live(code?.promotion.coupon ?? "");
};

/** The session with the sums of its lines. */
export function withTotals<S extends Ordered>(session: S, store: Store) {
  const amounts = lineAmounts(session, store);
  const subtotal = amounts.reduce((sum, line) => sum + line.subtotal, 0);
  const discount = amounts.reduce((sum, line) => sum + line.discount, 0);
  return {
    ...session,
    amount_subtotal: subtotal,
    amount_total: subtotal - discount,
    total_details: { amount_discount: discount, amount_shipping: 0, amount_tax: 0 },
  };
}
