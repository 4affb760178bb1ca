/**
 * Where this machine finds the services. Other addresses come from the shell, never from the file of variables: a test's
 * stand-ins, or a project behind a domain of its own (`SUPABASE_URL`).
 */
import { Failure } from "../../lib/failure.ts";
import { readIfExists } from "../../lib/files.ts";

export interface ServiceUrls {
  /** https://supabase.com/docs/reference/api */
  readonly managementApi: string;
  readonly stripe: string;
  readonly clerk: string;
  projectUrl(ref: string): string;
  /** Where a Clerk instance publishes its keys. */
  keySetUrl(issuer: string): string;
}

/** @throws Failure when a live key would go to another address than the service's own */
export function readServiceUrls({ live }: { live: boolean }): ServiceUrls {
  const { SUPABASE_URL, SUPABASE_PROFILE, STRIPE_API_URL, CLERK_API_URL } = Deno.env.toObject();
  if (live && (STRIPE_API_URL || CLERK_API_URL)) {
    throw new Failure("STRIPE_API_URL or CLERK_API_URL in the shell names a stand-in, which never gets a live key");
  }
  return {
    managementApi: profileApi(SUPABASE_PROFILE) ?? "https://api.supabase.com",
    stripe: STRIPE_API_URL || "https://api.stripe.com",
    clerk: CLERK_API_URL || "https://api.clerk.com",
    projectUrl: (ref) => SUPABASE_URL || `https://${ref}.supabase.co`,
    keySetUrl: (issuer) => `${CLERK_API_URL || issuer}/.well-known/jwks.json`,
  };
}

/** The Supabase CLI takes another address of the management API from a profile, a JSON file among others. */
function profileApi(path: string | undefined): string | undefined {
  if (!path) return undefined;
  const text = readIfExists(path);
  if (text === undefined) throw new Failure(`SUPABASE_PROFILE names no file: "${path}"`);
  try {
    return JSON.parse(text).api_url;
  } catch {
    throw new Failure(`SUPABASE_PROFILE "${path}" is no JSON file, which is the form that is read here`);
  }
}
