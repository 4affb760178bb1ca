import { handOverReads } from "../reads.ts";
import { rpc } from "./client.ts";

/** A price that can be bought. */
export interface Offer {
  price: string;
  product: string;
  mode: "payment" | "subscription";
  slot: string;
  once: boolean;
  metered: boolean;
  currency: string;
  /** By currency; null for an amount that is not fixed. */
  amounts: Record<string, number | null>;
  trial_days: string | null;
  trial_card_optional: boolean;
  /** The least and the most, as in `1-50`. */
  quantity: string;
  quantity_adjustable: boolean;
}

/** What was handed out to the owner before this call. */
export interface BegunCheckout {
  offer: Offer;
  deployment_id: string;
  customer_currency: string | null;
  attempt: number;
  sessions: Record<string, string>;
  trial_session: string | null;
  trial_used: boolean;
  closed: boolean;
  ticket: number;
}

/** A price that is not offered; `invalid` names metadata with a bad value. */
export interface NoOffer {
  offer: null;
  invalid: string[];
}

export const beginCheckout = (owner_id: string, price: string, slot_by: string): Promise<BegunCheckout | NoOffer> =>
  rpc("begin_checkout", { owner_id, price, slot_by });

/** Whether the session may be handed out; false if another was, or the owner was closed, since `attempt`. */
export const handOutCheckout = (
  args: { owner_id: string; attempt: number; slot: string; session: string; trial: boolean },
): Promise<boolean> => handOverReads((reads) => rpc("hand_out_checkout", { ...args, reads }));

/** The slot of each product that the mirror has. */
export const findSlots = (products: string[], slot_by: string): Promise<Record<string, string>> =>
  rpc("find_slots", { products, slot_by });
