import type { ChangePreview, OwnedSubscription, ProductWithPrices } from "@clerk-stripe-supabase/client";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { formatDate, formatMoney } from "../money.ts";
import { showPrice } from "../prices.ts";
import { useBilling, useOwner } from "../project.tsx";
import { previewQuery } from "../queries.ts";
import { Button } from "../ui/button.tsx";
import { Failure } from "../ui/failure.tsx";
import { Select } from "../ui/select.tsx";
import { usePortal } from "./portal.tsx";

interface ChangePlanProps {
  readonly subscription: OwnedSubscription;
  readonly products: readonly ProductWithPrices[];
}

/** Another price for a subscription with one item: first what it would charge, then Stripe's page that asks to confirm. */
export function ChangePlan({ subscription, products }: ChangePlanProps) {
  const { id, items, currency } = subscription;
  const owner = useOwner();
  const [price, setPrice] = useState("");
  const preview = useQuery(previewQuery(useBilling(), owner, id, price));
  const portal = usePortal();
  const select = useId();
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) return null;
  const isPlan = (product?: ProductWithPrices) => product?.metadata.category === "plan";
  if (!isPlan(products.find((product) => product.id === item.product))) return null;

  const choices = products.filter(isPlan).flatMap((product) =>
    product.prices.filter(({ id, recurring }) => recurring !== null && id !== item.price).map((price) => {
      const { amount, unit } = showPrice(price, product, currency ?? price.currency);
      return { id: price.id, label: `${product.name}, ${amount} ${unit}` };
    })
  );
  return (
    <div className="space-y-3">
      <label htmlFor={select} className="block font-medium">Change the plan</label>
      <Select
        id={select}
        value={price}
        onChange={({ target }) => setPrice(target.value)}
        className="w-full max-w-md"
      >
        <option value="">Select another plan</option>
        {choices.map(({ id, label }) => <option key={id} value={id}>{label}</option>)}
      </Select>
      <div aria-live="polite" className="space-y-3">
        {preview.isFetching && <p className="text-muted-foreground">Calculating …</p>}
        {preview.error && <Failure title="The change cannot be calculated" error={preview.error} />}
        {preview.data && !preview.isFetching && (
          <>
            <p>{costOf(preview.data, subscription)}</p>
            <Button
              look="primary"
              busy={portal.busy}
              onClick={() => portal.leave({ type: "confirm_update", subscription: id, price })}
            >
              Continue to confirm
            </Button>
          </>
        )}
        {portal.error && <Failure title="The customer portal cannot be opened" error={portal.error} />}
      </div>
    </div>
  );
}

function costOf(
  { due, total, amount_due, currency }: ChangePreview,
  { current_period_end }: OwnedSubscription,
): string {
  if (total < 0) return `${formatMoney(-total, currency)} become credit for your next invoices.`;
  if (due === "now") return `You pay ${formatMoney(amount_due, currency)} now.`;
  const when = current_period_end === null ? "" : ` on ${formatDate(current_period_end)}`;
  return `Your next invoice${when} will be ${formatMoney(amount_due, currency)}.`;
}
