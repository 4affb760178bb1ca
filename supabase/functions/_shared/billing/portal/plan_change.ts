import type Stripe from "stripe";
import type * as ownObjects from "../../database/own_objects.ts";
import { accessEnv } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { quantityOf } from "../checkout/quantity.ts";

/** What the caller asks for; what is left out stays as it is. */
interface Wanted {
  price?: string;
  quantity?: number;
}

/** The item of a subscription after a change. */
export interface PlanChange {
  item: { id: string; price: string; quantity?: number };
  /** Whether the change begins a new period, which is charged at once. */
  changes_interval: boolean;
}

/** Refuses what the portal never updates. https://docs.stripe.com/customer-management#customer-portal-features */
export function requireUpdatable({ collection_method, items, schedule }: Stripe.Subscription): void {
  if (items.data.length !== 1) throw AppError.notInPortal("The subscription has several items");
  if (collection_method === "send_invoice") throw AppError.notInPortal("The subscription's invoices are sent");
  if (schedule) throw AppError.notInPortal("A schedule manages the subscription");
}

/**
 * The one description of a change, which both the preview and the portal's confirmation send to Stripe. A price that is
 * kept need not be on offer any more.
 *
 * @param fields The names of the caller's fields.
 * @throws AppError `not_in_portal`, `price_not_offered`, `invalid_request`, `database_unavailable`
 */
export async function planChange(
  subscription: Stripe.Subscription,
  wanted: Wanted,
  fields: { price: string; quantity: string },
  { findPlanChange }: Pick<typeof ownObjects, "findPlanChange">,
): Promise<PlanChange> {
  requireUpdatable(subscription);
  const current = subscription.items.data[0]!;
  const asked = wanted.price ?? current.price.id;
  const { offer, changes_interval } = await findPlanChange(
    current.price.product as string,
    current.price.id,
    asked,
    accessEnv().slotBy,
  );
  if (asked !== current.price.id && offer === null) throw AppError.priceNotOffered();
  const price = offer?.price ?? asked;

  const quantity = quantityOf(offer, wanted.quantity, fields.quantity, current.quantity ?? 1);
  if (quantity === null) return { item: { id: current.id, price }, changes_interval };
  if (price === current.price.id && quantity === current.quantity) {
    throw AppError.invalidRequest([{
      field: fields.price,
      message: "Give another price or quantity than the current",
    }]);
  }
  return { item: { id: current.id, price, quantity }, changes_interval };
}
