import type { Offer } from "../../database/checkouts.ts";
import { AppError } from "../../errors.ts";

/** The least and the most that can be bought at once. */
export function boundsOf({ quantity }: Pick<Offer, "quantity">): [least: number, most: number] {
  const [least, most] = quantity.split("-");
  return [Number(least), Number(most)];
}

/**
 * The quantity that an offer allows; null for a metered price, which has none.
 *
 * @param offer Null for a price that is kept and not on offer any more, which has no bounds.
 * @param given What the caller asks for, in this field.
 * @param current Without it; undefined: the least.
 * @throws AppError `invalid_request`
 */
export function quantityOf(
  offer: Pick<Offer, "metered" | "quantity"> | null,
  given: number | undefined,
  field: string,
  current?: number,
): number | null {
  const refuse = (message: string) => AppError.invalidRequest([{ field, message }]);
  if (offer?.metered) {
    if (given !== undefined) throw refuse("Leave it out: the price is metered");
    return null;
  }
  const [least, most] = offer === null ? [1, Infinity] : boundsOf(offer);
  const quantity = given ?? current ?? least;
  if (quantity < least || quantity > most) throw refuse(`Give a whole number from ${least} to ${most}`);
  return quantity;
}
