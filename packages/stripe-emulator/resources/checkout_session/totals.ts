import type { Store } from "../../core/store.ts";
import type { Coupon, Session } from "../../core/wire.ts";
import { sharesOf } from "../discount/shares.ts";
import { amountOf } from "../price/amount_of.ts";
import { inCurrency } from "../price/in_currency.ts";
import { isInclusive, rateOf, taxOn } from "../shared/tax.ts";

type Ordered = Pick<Session, "automatic_tax" | "currency" | "customer" | "discounts" | "lines" | "tax_country">;

/** What each line costs: before the discount, its part of it, its tax, and all together. */
export function lineAmounts({ currency, customer, discounts, lines, tax_country: country }: Ordered, store: Store) {
  const prices = lines.map(({ price }) => inCurrency(store.tables.price.live(price)!, currency!, "currency"));
  const subtotals = lines.map(({ quantity }, index) => amountOf(prices[index]!, quantity));
  const coupon = appliedCoupon({ discounts }, store);
  const shares = coupon ? sharesOf(coupon, subtotals) : subtotals.map(() => 0);
  const exempt = store.tables.customer.live(customer ?? "")?.tax_exempt;
  const percent = country === null ? 0 : rateOf({ country, exempt }).percent;
  return subtotals.map((subtotal, index) => {
    const discount = shares[index]!;
    const inclusive = isInclusive(prices[index]);
    const tax = taxOn(subtotal - discount, percent, inclusive);
    return { subtotal, discount, tax, total: subtotal - discount + (inclusive ? 0 : tax) };
  });
}

/** The coupon of the promotion code that the buyer applied. */
const appliedCoupon = ({ discounts }: Pick<Session, "discounts">, store: Store): Coupon | undefined => {
  const code = store.tables.promotion_code.live(discounts?.[0]?.promotion_code ?? "");
  return store.tables.coupon.live(code?.promotion.coupon ?? "");
};

/** The session with the sums of its lines, and whether its tax is known. */
export function withTotals<S extends Ordered>(session: S, store: Store) {
  const amounts = lineAmounts(session, store);
  const sum = (name: keyof typeof amounts[number]) => amounts.reduce((total, line) => total + line[name], 0);
  const { automatic_tax, tax_country } = session;
  return {
    ...session,
    amount_subtotal: sum("subtotal"),
    amount_total: sum("total"),
    automatic_tax: {
      ...automatic_tax,
      status: automatic_tax.enabled ? tax_country === null ? "requires_location_inputs" : "complete" : null,
    },
    total_details: { amount_discount: sum("discount"), amount_shipping: 0, amount_tax: sum("tax") },
  };
}
