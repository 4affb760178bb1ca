import type { Store } from "../../core/store.ts";
import type { Session } from "../../core/wire.ts";
import { requireCoupon } from "../discount/discount.ts";

/** Refuses a session whose code cannot be redeemed for what it sells, or not any more. @throws StripeError */
export function requireUsableCode(session: Session, store: Store): void {
  const { amount_subtotal, currency, customer, discounts } = session;
  const purchase = { amount: amount_subtotal!, currency: currency!, customer };
  for (const applied of discounts ?? []) requireCoupon(applied, purchase, store);
}
