import { RedirectToSignIn, Show } from "@clerk/react";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { Attentions } from "../account/attentions.tsx";
import { Invoices } from "../account/invoices.tsx";
import { useMayManage } from "../account/may_manage.ts";
import { ManageBilling } from "../account/portal.tsx";
import { Subscription } from "../account/subscription.tsx";
import { formatDate } from "../money.ts";
import { Page } from "../page.tsx";
import { useBilling, useOwner } from "../project.tsx";
import { productsQuery, subscriptionQuery } from "../queries.ts";
import { buttonClass } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Failure } from "../ui/failure.tsx";
import { Loading } from "../ui/loading.tsx";

export const AccountPage = () => (
  <Page title="Account">
    <Show when="signed-in">
      <Account />
    </Show>
    <Show when="signed-out">
      <RedirectToSignIn />
    </Show>
  </Page>
);

/** Of the active organization, or of the user where none is active. */
function Account() {
  const billing = useBilling();
  const owner = useOwner();
  const returned = useReturnFromStripe();
  const mayManage = useMayManage();
  const { data: products = [] } = useQuery(productsQuery(billing, owner));
  const { data, error, refetch } = useQuery(subscriptionQuery(billing, owner, returned.fromStripe));
  useEffect(() => {
    if (data?.synced) returned.forget();
  });
  if (error && !data) {
    return (
      <Failure
        title="Your subscription cannot be loaded"
        error={error}
        retry={() => refetch()}
      />
    );
  }
  if (!data) return <Loading label="Loading your subscription" />;

  const live = data.subscriptions.filter(({ ended_at, status }) =>
    ended_at === null && status !== "incomplete_expired"
  );
  const nameOf = (id: string) => products.find((product) => product.id === id)?.name ?? "A former product";
  return (
    <div className="space-y-6">
      <Attentions attention={data.attention} />
      {live.length === 0
        ? (
          <Card title="No subscription">
            <p className="text-muted-foreground">
              {owner.for === "organization" ? "This organization has" : "You have"} no subscription.
            </p>
            <Link href="/" className={buttonClass("primary")}>See the plans</Link>
          </Card>
        )
        : live.map((subscription) => (
          <Subscription key={subscription.id} subscription={subscription} products={products} mayManage={mayManage} />
        ))}
      {data.purchases.length > 0 && (
        <Card title="Purchases">
          <ul className="divide-line w-full divide-y">
            {data.purchases.map(({ session, product, quantity, created, status }) => (
              <li key={session + product} className="flex flex-wrap justify-between gap-x-4 py-3">
                <span>{nameOf(product)}{quantity > 1 && ` × ${quantity}`}</span>
                <span className="text-muted-foreground">{formatDate(created)} · {status}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card title="What is included">
        <p className={data.entitlements.length === 0 ? "text-muted-foreground" : ""}>
          {data.entitlements.join(", ") || "Nothing yet"}
        </p>
      </Card>
      {!mayManage && <p className="text-muted-foreground">Administrators of this organization manage its billing.</p>}
      {data.customer_id && mayManage && (
        <>
          <Invoices />
          <ManageBilling />
        </>
      )}
    </div>
  );
}

/** Whether the user returns from a page of Stripe, of which the webhook may be late. */
function useReturnFromStripe() {
  const [, navigate] = useLocation();
  const fromStripe = new URLSearchParams(useSearch()).has("from-stripe");
  return { fromStripe, forget: () => fromStripe && navigate("/account", { replace: true }) };
}
