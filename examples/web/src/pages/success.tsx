import type { SubscriptionState } from "@clerk-stripe-supabase/client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useLocation, useSearch } from "wouter";
import { Page } from "../page.tsx";
import { useBilling, useOwner } from "../project.tsx";
import { subscriptionKey } from "../queries.ts";
import { Failure } from "../ui/failure.tsx";

/** Whether the purchase is among what the owner has. */
const isThere = ({ checkout, access, purchases }: SubscriptionState, session: string): boolean =>
  checkout?.status === "complete" && (access || purchases.some((purchase) => purchase.session === session));

/** Where Stripe sends the buyer after the payment. The webhook may be later than the buyer. */
export function SuccessPage() {
  const search = new URLSearchParams(useSearch());
  const session = search.get("session_id") ?? "";
  const billing = useBilling();
  const owner = useOwner();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const { data, error, refetch } = useQuery({
    queryKey: [owner.userId, owner.id, "purchase", session],
    enabled: Boolean(owner.userId) && session !== "",
    queryFn: ({ signal }) =>
      billing.subscription.waitFor((state) => isThere(state, session), {
        for: search.get("for") === "organization" ? "organization" : "user",
        session_id: session,
        signal,
      }),
  });
  useEffect(() => {
    if (!data) return;
    queries.setQueryData(subscriptionKey(owner), data);
    navigate("/account", { replace: true });
  });

  return (
    <Page title="Thank you">
      {error
        ? <Failure title="Your purchase cannot be shown yet" error={error} retry={() => refetch()} />
        : (
          <p role="status">
            {session === ""
              ? "This page confirms a payment, and its address names none."
              : data === null
              ? "Your payment is still being processed. You will have access as soon as it is confirmed."
              : "We are confirming your payment …"}
          </p>
        )}
      <p className="mt-6">
        <Link href="/account" className="underline">Go to your account</Link>
      </p>
    </Page>
  );
}
