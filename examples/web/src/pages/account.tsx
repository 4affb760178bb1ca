import { RedirectToSignIn, Show, useAuth } from "@clerk/react";
import { useQuery } from "@tanstack/react-query";
import { Page } from "../page.tsx";
import { useSupabase } from "../project.tsx";
import { subscriptionQuery } from "../queries.ts";

export const AccountPage = () => (
  <Page title="Account">
    <Show when="signed-in">
      <Subscription />
    </Show>
    <Show when="signed-out">
      <RedirectToSignIn />
    </Show>
  </Page>
);

/** Of the active organization, or of the user where none is active. */
function Subscription() {
  const supabase = useSupabase();
  const { userId, orgId } = useAuth();
  const { data, error, isPending, refetch } = useQuery(subscriptionQuery(supabase, { userId, orgId }));
  if (isPending) return <p role="status">Loading your subscription</p>;
  if (error !== null) {
    return (
      <div role="alert">
        <p className="text-destructive">Your subscription cannot be loaded: {error.message}</p>
        <button type="button" className="min-h-11 underline" onClick={() => refetch()}>Try again</button>
      </div>
    );
  }
  return (
    <dl className="bg-card border-line grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 rounded-lg border p-6">
      <dt className="text-muted-foreground">Subscription</dt>
      <dd>{data.status}</dd>
      <dt className="text-muted-foreground">Entitlements</dt>
      <dd>{data.entitlements.join(", ") || "none"}</dd>
    </dl>
  );
}
