import { invalid } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { PromotionCode } from "../../core/wire.ts";
import { isValid } from "../coupon/coupon.ts";
import { ownedBy } from "../shared/owned_by.ts";

/** Whether a code can be redeemed: it is active, in time and not used too often, and so is its coupon. */
export function isRedeemable(code: PromotionCode, store: Store): boolean {
  const { active, expires_at, max_redemptions, times_redeemed } = code;
  const coupon = store.tables.coupon.live(code.promotion.coupon ?? "");
  return active && coupon !== undefined && isValid(coupon, store) &&
    (expires_at === null || store.time() < expires_at) &&
    (max_redemptions === null || times_redeemed < max_redemptions);
}

/** The code that a buyer writes, in upper or lower case, if it can be redeemed. */
export const codeNamed = (
  name: string,
  store: Store,
  fits: (code: PromotionCode) => boolean = () => true,
): PromotionCode | undefined =>
  store.tables.promotion_code.find((one) =>
    one.code.toLowerCase() === name.toLowerCase() && fits(one) && isRedeemable(one, store)
  );

/** What a code is used for. */
export interface Purchase {
  customer: string | null;
  currency: string;
  /** Before the discount. */
  amount: number;
}

/** Refuses a code that does not reduce this purchase. @throws StripeError with a message for the buyer */
export function requireUsable(code: PromotionCode, { amount, currency, customer }: Purchase, store: Store): void {
  const refuse = (message: string) => invalid(message, "promotion_code");
  if (!isRedeemable(code, store) || code.customer !== null && code.customer !== customer) {
    throw refuse("This code is not valid.");
  }
  const coupon = store.tables.coupon.live(code.promotion.coupon!)!;
  if (coupon.amount_off !== null && coupon.currency !== currency) {
    throw refuse("This code is not valid for this currency.");
  }
  const { first_time_transaction, minimum_amount: minimum, minimum_amount_currency } = code.restrictions;
  if (minimum !== null && (minimum_amount_currency !== currency || amount < minimum)) {
    throw refuse("This code is not valid for an amount this small.");
  }
  if (first_time_transaction && customer !== null && hasPaid(customer, store)) {
    throw refuse("This code is only valid for a first purchase.");
  }
}

const invoicesOf = ownedBy("invoice", ({ customer }) => customer ?? undefined);
const intentsOf = ownedBy("payment_intent", ({ customer }) => customer ?? undefined);

const hasPaid = (customer: string, store: Store): boolean =>
  invoicesOf(customer, store).some(({ status, amount_paid }) => status === "paid" && amount_paid > 0) ||
  intentsOf(customer, store).some(({ status }) => status === "succeeded");
