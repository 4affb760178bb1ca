import type { ObjectRef } from "../contract/stripe_events.ts";
import { rpc } from "./client.ts";
import { unlessUnknownCursor } from "./errors.ts";

/** An object of the mirror; null, like the ticket, unless it is billed to the owner's customer. */
export interface OwnObject {
  /** The owner's customer, null for none. */
  customer_id: string | null;
  /** For the next fetch. */
  ticket: number | null;
  /** As it was last fetched, an invoice without its lines. */
  data: Record<string, unknown> | null;
  /** Whether that was within the last three seconds. */
  is_fresh: boolean | null;
}

/** A page of objects of one customer. */
export interface OwnPage {
  data: Record<string, unknown>[];
  has_more: boolean;
  next_cursor: string | null;
}

/** A price that a subscription can change to. */
export interface PlanChangeOffer {
  price: string;
  metered: boolean;
  /** The least and the most, as in `1-50`. */
  quantity: string;
}

/** @param owner_id A Clerk user or organization. */
export const findOwnObject = (owner_id: string, ref: ObjectRef) => rpc("find_own_object", { owner_id, ...ref });

/** The owner's invoices, newest first, without drafts. */
export const listInvoices = (owner_id: string, { limit, starting_after }: { limit: number; starting_after?: string }) =>
  unlessUnknownCursor(rpc("list_invoices", { owner_id, page_size: limit, starting_after }));

/** The offer of a price, null unless it is in the slot of the product; and whether its interval is another one. */
export const findPlanChange = (
  product: string,
  from_price: string,
  to_price: string,
  slot_by: string,
): Promise<{ offer: PlanChangeOffer | null; changes_interval: boolean }> =>
  rpc("find_plan_change", { product, from_price, to_price, slot_by });
