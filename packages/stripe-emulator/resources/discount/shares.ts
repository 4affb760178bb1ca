import type { Coupon } from "../../core/wire.ts";

/** The part of a discount that each amount gets; together they are the discount, to the cent. */
export function sharesOf({ amount_off, percent_off }: Pick<Coupon, "amount_off" | "percent_off">, amounts: number[]) {
  const sum = amounts.reduce((total, amount) => total + amount, 0);
  const discount = percent_off === null ? Math.min(amount_off ?? 0, sum) : Math.round(sum * percent_off / 100);
  let reached = 0, given = 0;
  return amounts.map((amount) => {
    reached += amount;
    const share = sum === 0 ? 0 : Math.round(discount * reached / sum) - given;
    given += share;
    return share;
  });
}
