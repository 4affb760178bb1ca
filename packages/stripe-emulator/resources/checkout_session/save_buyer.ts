import type { Store } from "../../core/store.ts";
import type { Customer, PaymentMethod, Session } from "../../core/wire.ts";
import { customer as customerResource } from "../customer/customer.ts";

/** The address and the name of the buyer: as entered, or as the method has them. */
export const detailsOf = ({ attempt }: Session, method: PaymentMethod | undefined) => ({
  address: attempt!.buyer.address ?? method?.billing_details.address ?? null,
  name: attempt!.buyer.name ?? method?.billing_details.name ?? null,
});

/** Saves to the session's customer what `customer_update` says. */
export function saveBuyer(session: Session, method: PaymentMethod | undefined, store: Store): void {
  const customer = store.tables.customer.live(session.customer ?? "");
  if (!customer) return;
  const { customer_update: update } = session;
  const { address, name } = detailsOf(session, method);
  store.tables.customer.replace({
    ...customer,
    ...(update.address === "auto" && address?.country && { address }),
    ...(update.name === "auto" && name && { name }),
  });
}

/** Creates the customer of a session that has none, with the address that decides its tax. */
export function createBuyer({ attempt, automatic_tax, customer_email }: Session, store: Store): Customer {
  const { address, email, name } = attempt!.buyer;
  return customerResource.create!.run({
    email: customer_email ?? email,
    name,
    ...(automatic_tax.enabled && address && { address }),
  }, store);
}
