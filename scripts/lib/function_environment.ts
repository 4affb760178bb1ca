import type { Environment } from "./environment.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "./project_keys.ts";

/** The addresses of the project and the emulators; an emulator that the real service replaces has none. */
export interface Addresses {
  readonly url: string;
  readonly stripeUrl: string | undefined;
  readonly clerkUrl: string | undefined;
}

/**
 * The environment of the functions: the platform's own variables, then those of `.env`.
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
