/**
 * The URLs of the services. Only the shell overrides them, never the file of variables: for emulators in tests, or for a
 * project with a custom domain (`SUPABASE_URL`).
 */
import { Failure } from "../../lib/failure.ts";
import { readIfExists } from "../../lib/files.ts";

export interface ServiceUrls {
  /** https://supabase.com/docs/reference/api */
  readonly managementApi: string;
  readonly stripe: string;
  readonly clerk: string;
  projectUrl(ref: string): string;
  /** Where a Clerk instance publishes its key set. */
  keySetUrl(issuer: string): string;
}

/** @throws Failure when a live key would be sent to an emulator */
export function readServiceUrls({ live }: { live: boolean }): ServiceUrls {
  const { SUPABASE_URL, SUPABASE_PROFILE, STRIPE_API_URL, CLERK_API_URL } = Deno.env.toObject();
  if (live && (STRIPE_API_URL || CLERK_API_URL)) {
    throw new Failure("Unset STRIPE_API_URL and CLERK_API_URL in the shell: an emulator never receives a live key");
  }
  return {
    managementApi: profileApi(SUPABASE_PROFILE) ?? "https://api.supabase.com",
    stripe: STRIPE_API_URL || "https://api.stripe.com",
    clerk: CLERK_API_URL || "https://api.clerk.com",
    projectUrl: (ref) => SUPABASE_URL || `https://${ref}.supabase.co`,
    keySetUrl: (issuer) => `${CLERK_API_URL || issuer}/.well-known/jwks.json`,
  };
}

/** The management API's URL in a profile of the Supabase CLI, so that both use the same one. */
function profileApi(path: string | undefined): string | undefined {
  if (!path) return undefined;
  const text = readIfExists(path);
  if (text === undefined) throw new Failure(`Cannot find the file that SUPABASE_PROFILE names: "${path}"`);
  try {
    return JSON.parse(text).api_url;
  } catch {
    throw new Failure(`Cannot read the file that SUPABASE_PROFILE names: "${path}" is not JSON`);
  }
}
