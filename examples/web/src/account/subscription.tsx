import type { OwnedSubscription, ProductWithPrices } from "@clerk-stripe-supabase/client";
import { formatDate } from "../money.ts";
import { showPrice } from "../prices.ts";
import { Card } from "../ui/card.tsx";
import { CancelOrResume } from "./cancel_or_resume.tsx";
import { ChangePlan } from "./change_plan.tsx";

interface SubscriptionProps {
  readonly subscription: OwnedSubscription;
  readonly products: readonly ProductWithPrices[];
  readonly mayManage: boolean;
}

export function Subscription({ subscription, products, mayManage }: SubscriptionProps) {
  const { status, items, currency, pending_change } = subscription;
  const lines = items.map((item) => {
    const product = products.find(({ id }) => id === item.product);
    const price = product?.prices.find(({ id }) => id === item.price);
    const shown = product && price && showPrice(price, product, currency ?? price.currency);
    return { item, name: product?.name ?? "A former plan", shown };
  });
  return (
    <Card title={lines.map(({ name }) => name).join(", ")}>
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Status status={status} />
        {endOf(subscription)}
      </p>
      <ul className="text-muted-foreground">
        {lines.map(({ item, shown }) => (
          <li key={item.id}>
            {shown && `${shown.amount} ${shown.unit}`}
            {item.quantity !== null && item.quantity > 1 && ` × ${item.quantity}`}
          </li>
        ))}
      </ul>
      {pending_change && <p role="status">A change waits for its {pending_change.reason}.</p>}
      {mayManage && subscription.will_cancel_at === null && (
        <ChangePlan subscription={subscription} products={products} />
      )}
      {mayManage && <CancelOrResume subscription={subscription} />}
    </Card>
  );
}

const Status = ({ status }: { status: string }) => (
  <span className="border-line rounded-full border px-3 py-0.5 text-sm font-medium">{status.replace("_", " ")}</span>
);

function endOf({ status, will_cancel_at, trial_end, current_period_end }: OwnedSubscription): string {
  if (will_cancel_at !== null) return `Ends on ${formatDate(will_cancel_at)}`;
  if (status === "trialing" && trial_end !== null) return `The trial ends on ${formatDate(trial_end)}`;
  return current_period_end === null ? "" : `Renews on ${formatDate(current_period_end)}`;
}
