import type { Environment } from "../lib/environment.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../lib/project_keys.ts";

/** Where the project and the stand-ins are; a stand-in that a real service replaces has no address. */
export interface Addresses {
  readonly url: string;
  readonly stripeUrl: string | undefined;
  readonly clerkUrl: string | undefined;
}

/**
 * What the functions find in their environment: the platform's own variables, then what `.env` says.
 * https://supabase.com/docs/guides/functions/secrets
 */
export function functionEnvironment(
  { variables }: Environment,
  { url, stripeUrl, clerkUrl }: Addresses,
): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: PUBLISHABLE_KEY }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: SECRET_KEY }),
    ...variables,
    ...(stripeUrl === undefined ? {} : { STRIPE_API_URL: stripeUrl }),
    ...(clerkUrl === undefined ? {} : { CLERK_API_URL: clerkUrl }),
  };
}
