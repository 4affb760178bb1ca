import { invalid } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import type { Buyer, Session } from "../../core/wire.ts";
import { abandonPayment } from "./payment.ts";
import { withTotals } from "./totals.ts";

/** The session with the tax of the address that the buyer entered; another tax ends what an earlier payment has made. */
export function withLocation(session: Session, address: Buyer["address"], store: Store): Session {
  if (!asksForLocation(session, store) || !address || address.country === session.tax_country) return session;
  if (!/^[A-Z]{2}$/.test(address.country ?? "")) throw invalid("Enter the country with two letters.", "country");
  abandonPayment(session, store);
  return store.tables["checkout.session"].replace(
    withTotals({ ...session, attempt: null, tax_country: address.country }, store),
  );
}

/** Whether the buyer's address decides the tax: not that of a customer whose address stays as it is. */
export const asksForLocation = ({ automatic_tax, customer, customer_update }: Session, store: Store): boolean =>
  automatic_tax.enabled &&
  (customer_update.address === "auto" || !store.tables.customer.live(customer ?? "")?.address?.country);
