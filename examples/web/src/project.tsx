import { useAuth } from "@clerk/react";
import { type Billing, createBilling } from "@clerk-stripe-supabase/client";
import { createClient } from "@supabase/supabase-js";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState } from "react";
import { env } from "./env.ts";

const BillingContext = createContext<Billing | undefined>(undefined);

/** The billing functions of the Supabase project, called with Clerk's session token, and the cache of their answers. */
export function Project({ children }: { children: ReactNode }) {
  const { getToken, userId } = useAuth();
  // The client repeats what may pass, so that the cache need not.
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  // Clerk renews the token by itself; it is null while the visitor is signed out.
  const [billing] = useState(() =>
    createBilling(createClient(env.supabaseUrl, env.supabaseKey, { accessToken: () => getToken() }))
  );
  // What was loaded for another user is forgotten; its keys begin with that user's id.
  useEffect(() => queries.removeQueries({ type: "inactive" }), [queries, userId]);
  return (
    <BillingContext value={billing}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </BillingContext>
  );
}

export function useBilling(): Billing {
  const billing = use(BillingContext);
  if (billing === undefined) throw new Error("useBilling needs <Project>");
  return billing;
}

/** Who pays: the organization that is active in Clerk's switcher, or the user. */
export function useOwner() {
  const { isLoaded, userId, orgId } = useAuth();
  return { isLoaded, userId, id: orgId ?? userId, for: orgId ? "organization" : "user" } as const;
}

export type Owner = ReturnType<typeof useOwner>;
