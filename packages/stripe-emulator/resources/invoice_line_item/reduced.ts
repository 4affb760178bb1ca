import type { Store } from "../../core/store.ts";
import type { Invoice, LineItem } from "../../core/wire.ts";
import { sharesOf } from "../discount/shares.ts";

/** The lines with what the invoice's discounts, one after the other, take off each. */
export function reduced<L extends LineItem>({ discounts }: Pick<Invoice, "discounts">, lines: L[], store: Store): L[] {
  const plain = lines.map((line) => ({ ...line, discount_amounts: [] as NonNullable<L["discount_amounts"]> }));
  return discounts.reduce((before, id) => {
    const { terms } = store.tables.discount.live(id)!;
    const shares = sharesOf(terms, before.map((line) => line.discountable ? Math.max(0, netOf(line)) : 0));
    return before.map((line, index) =>
      line.discountable
        ? { ...line, discount_amounts: [...line.discount_amounts, { amount: shares[index]!, discount: id }] }
        : line
    );
  }, plain);
}

/** What is left of a line after its discounts. */
export const netOf = ({ amount, discount_amounts }: Pick<LineItem, "amount" | "discount_amounts">): number =>
  (discount_amounts ?? []).reduce((left, discount) => left - discount.amount, amount);

/** The sum of each discount over all lines. */
export const totalDiscounts = ({ discounts }: Pick<Invoice, "discounts">, lines: LineItem[]) =>
  discounts.map((discount) => ({
    amount: lines.flatMap(({ discount_amounts }) => discount_amounts ?? [])
      .reduce((sum, one) => one.discount === discount ? sum + one.amount : sum, 0),
    discount,
  }));
