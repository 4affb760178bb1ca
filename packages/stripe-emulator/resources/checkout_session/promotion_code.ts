import { invalid } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { Session } from "../../core/wire.ts";
import { codeNamed } from "../promotion_code/redeemable.ts";
import { abandonPayment } from "./payment.ts";
import { withTotals } from "./totals.ts";
import { requireUsableCode } from "./usable_code.ts";

/** The session with the code that the buyer wrote. @throws StripeError when it cannot be redeemed for this purchase */
export function withCode(session: Session, name: string, store: Store): Session {
  if (!session.allow_promotion_codes) throw invalid("Promotion codes are not accepted here.", "promotion_code");
  const code = codeNamed(name.trim(), store, ({ customer }) => customer === null || customer === session.customer);
  if (!code) throw invalid("This code is not valid.", "promotion_code");
  const applied = { coupon: null, promotion_code: code.id };
  requireUsableCode({ ...session, discounts: [applied] }, store);
  return write(session, [applied], store);
}

/** The session without its code. */
export const withoutCode = (session: Session, store: Store): Session => write(session, [], store);

/** A change ends what an earlier payment has made, whose amount was another. */
function write(session: Session, discounts: NonNullable<Session["discounts"]>, store: Store): Session {
  abandonPayment(session, store);
  return store.tables["checkout.session"].replace(withTotals({ ...session, attempt: null, discounts }, store));
}
