import type { CheckoutInput } from "../../contract/checkout.ts";
import type { BegunCheckout } from "../../database/checkouts.ts";
import type { CheckoutSettings } from "../../env.ts";
import { AppError } from "../../errors.ts";
import { quantityOf } from "./quantity.ts";

/** What is bought, and in which currency. */
export interface Order {
  /** Null for a metered price, which has none. */
  quantity: number | null;
  currency: string;
  /** Whether nothing is due. */
  free: boolean;
  /** The SHA-256 of everything that was asked and configured: equal requests may share a session. */
  request: string;
}

/**
 * The order that the offer allows.
 *
 * @throws AppError `invalid_request`, `currency_mismatch`
 */
export async function readOrder(
  input: CheckoutInput,
  { offer, customer_currency }: BegunCheckout,
  settings: CheckoutSettings,
): Promise<Order> {
  const quantity = quantityOf(offer, input.quantity, "quantity");
  const currency = currencyOf(input, offer, customer_currency);
  const asked = { ...input, price: offer.price, quantity, currency, offer, settings };
  const free = offer.mode === "subscription" && !offer.metered && offer.amounts[currency] === 0;
  return { quantity, currency, free, request: await sha256(JSON.stringify(asked)) };
}

function currencyOf({ currency }: CheckoutInput, offer: BegunCheckout["offer"], own: string | null): string {
  if (currency !== undefined) {
    if (currency in offer.amounts) return currency;
    throw AppError.invalidRequest([{ field: "currency", message: "The price is not in this currency" }]);
  }
  if (own === null) return offer.currency;
  if (own in offer.amounts) return own;
  throw AppError.currencyMismatch(own, offer.currency);
}

async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
