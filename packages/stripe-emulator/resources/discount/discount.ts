import { invalid, noSuch } from "../../core/errors.ts";
import type { Expansions } from "../../core/expand.ts";
import { randomId } from "../../core/ids.ts";
import type { Store } from "../../core/store.ts";
import type { Coupon, Discount, Invoice, Subscription } from "../../core/wire.ts";
import { isValid } from "../coupon/coupon.ts";
import { type Purchase, requireUsable } from "../promotion_code/redeemable.ts";
import { periodEnd } from "../subscription/billing_period.ts";

export const expansions: Expansions<Discount> = {
  references: { customer: "customer", promotion_code: "promotion_code" },
  included: {},
  hidden: ["terms", "used"],
};

/** What a subscription or a session names: a coupon, or a promotion code of one. */
export interface Redeemed {
  coupon?: string | null;
  promotion_code?: string | null;
}

/** The coupon of what is redeemed. @throws StripeError when it cannot be redeemed for this purchase */
export function requireCoupon({ coupon: id, promotion_code }: Redeemed, purchase: Purchase, store: Store): Coupon {
  if ((id == null) === (promotion_code == null)) {
    throw invalid("You must pass either `coupon` or `promotion_code`, but not both.", "discounts");
  }
  const code = promotion_code == null ? undefined : store.tables.promotion_code.live(promotion_code);
  if (promotion_code != null && !code) throw noSuch("promotion code", promotion_code, "discounts");
  if (code) requireUsable(code, purchase, store);
  const coupon = store.tables.coupon.live(id ?? code!.promotion.coupon!);
  if (!coupon) throw noSuch("coupon", id!, "discounts");
  if (isValid(coupon, store) && (coupon.amount_off === null || coupon.currency === purchase.currency)) return coupon;
  throw invalid(`Coupon ${coupon.id} cannot be redeemed for this purchase.`, "discounts");
}

/** Redeems a coupon, which was checked before, for a subscription or for a session's single payment. */
export function redeem(
  { coupon: id, promotion_code = null }: Redeemed,
  to: { customer: string | null; subscription?: string; checkout_session?: string; at: number },
  store: Store,
): Discount {
  const { coupon: coupons, promotion_code: codes } = store.tables;
  const code = codes.live(promotion_code ?? "");
  const coupon = coupons.live(id ?? code!.promotion.coupon!)!;
  coupons.replace({ ...coupon, times_redeemed: coupon.times_redeemed + 1 });
  if (code) codes.replace({ ...code, times_redeemed: code.times_redeemed + 1 });
  const { amount_off, duration, duration_in_months: months, percent_off } = coupon;
  return store.tables.discount.add({
    id: randomId("di_1", 23),
    object: "discount",
    checkout_session: to.checkout_session ?? null,
    customer: to.customer,
    customer_account: null,
    end: months === null ? null : periodEnd(to.at, to.at, { interval: "month", interval_count: months }),
    invoice: null,
    invoice_item: null,
    promotion_code,
    source: { coupon: coupon.id, type: "coupon" },
    start: to.at,
    subscription: to.subscription ?? null,
    subscription_item: null,
    // A deleted coupon still reduces what it was redeemed for: https://docs.stripe.com/api/coupons/delete
    terms: { amount_off, duration, percent_off },
    used: false,
  });
}

/** The discounts that still reduce a subscription's invoices at a time. */
export const runningDiscounts = ({ discounts }: Pick<Subscription, "discounts">, at: number, store: Store): string[] =>
  discounts.filter((id) => {
    const { end, terms, used } = store.tables.discount.live(id)!;
    return (end === null || at < end) && !(terms.duration === "once" && used);
  });

/** Notes which discounts have reduced an invoice. */
export function noteUse({ total_discount_amounts }: Pick<Invoice, "total_discount_amounts">, store: Store): void {
  for (const { amount, discount } of total_discount_amounts ?? []) {
    if (amount > 0) store.tables.discount.replace({ ...store.tables.discount.live(discount)!, used: true });
  }
}
