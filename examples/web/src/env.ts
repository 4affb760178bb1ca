/** The variables that the app is built with; `.env.example` describes them. */
declare global {
  interface ImportMetaEnv {
    readonly VITE_SUPABASE_URL: string;
    readonly VITE_SUPABASE_PUBLISHABLE_KEY: string;
    readonly VITE_CLERK_PUBLISHABLE_KEY: string;
    readonly VITE_CLERK_PROXY_URL?: string;
  }
}

const { VITE_SUPABASE_URL, VITE_SUPABASE_PUBLISHABLE_KEY, VITE_CLERK_PUBLISHABLE_KEY, VITE_CLERK_PROXY_URL } =
  import.meta.env;

export const env = {
  supabaseUrl: VITE_SUPABASE_URL,
  supabaseKey: VITE_SUPABASE_PUBLISHABLE_KEY,
  clerkKey: VITE_CLERK_PUBLISHABLE_KEY,
  /** Where a proxy answers for Clerk; undefined to call Clerk itself. */
  clerkProxy: VITE_CLERK_PROXY_URL || undefined,
};
