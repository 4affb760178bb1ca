import { useAuth } from "@clerk/react";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useEffect, useState } from "react";
import { env } from "./env.ts";

const Supabase = createContext<SupabaseClient | undefined>(undefined);

/** The Supabase project, called with Clerk's session token, and the cache of its answers. */
export function Project({ children }: { children: ReactNode }) {
  const { getToken, userId } = useAuth();
  const [queries] = useState(() => new QueryClient({ defaultOptions: { queries: { retry: false } } }));
  // Clerk renews the token by itself; it is null while the visitor is signed out.
  const [supabase] = useState(() => createClient(env.supabaseUrl, env.supabaseKey, { accessToken: () => getToken() }));
  // What was loaded for another user is forgotten; its keys begin with that user's id.
  useEffect(() => queries.removeQueries({ type: "inactive" }), [queries, userId]);
  return (
    <Supabase value={supabase}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </Supabase>
  );
}

export function useSupabase(): SupabaseClient {
  const supabase = use(Supabase);
  if (supabase === undefined) throw new Error("useSupabase needs <Project>");
  return supabase;
}
