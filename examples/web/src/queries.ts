/** What the pages read. The keys of what belongs to a user begin with the user's id and the active organization's. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { queryOptions } from "@tanstack/react-query";

interface Owner {
  readonly userId: string | null | undefined;
  readonly orgId: string | null | undefined;
}

/** The part of `GET stripe-subscription` that the account page shows. */
interface SubscriptionState {
  readonly status: string;
  readonly entitlements: readonly string[];
}

export const subscriptionQuery = (supabase: SupabaseClient, { userId, orgId }: Owner) =>
  queryOptions({
    queryKey: [userId, orgId, "subscription"],
    enabled: Boolean(userId),
    async queryFn({ signal }) {
      const owner = orgId ? "organization" : "user";
      const { data, error } = await supabase.functions.invoke<SubscriptionState>(
        `stripe-subscription?for=${owner}`,
        { method: "GET", signal },
      );
      if (error) throw error;
      return data!;
    },
  });
