import type { Environment } from "./environment.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "./project_keys.ts";

/** The addresses of the project and the emulators; an emulator that the real service replaces has none. */
export interface Addresses {
  readonly url: string;
  readonly stripeUrl: string | undefined;
  readonly clerkUrl: string | undefined;
  /** The example app, where it is served. */
  readonly webUrl?: string;
}

/** The variables with the origins that call the functions; CLERK_AUTHORIZED_PARTIES stands for ALLOWED_ORIGINS if set. */
const ORIGINS = ["ALLOWED_ORIGINS", "CLERK_AUTHORIZED_PARTIES"];

/**
 * The environment of the functions: the platform's own variables, then those of `.env`.
 * https://supabase.com/docs/guides/functions/secrets
 */
export function functionEnvironment(
  { variables }: Environment,
  { url, stripeUrl, clerkUrl, webUrl }: Addresses,
): Record<string, string> {
  return {
    SUPABASE_URL: url,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: PUBLISHABLE_KEY }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: SECRET_KEY }),
    // The example app shows prices to visitors who have not signed in.
    ...(webUrl === undefined ? {} : { CATALOG_ACCESS: "public" }),
    ...variables,
    ...(webUrl === undefined ? {} : withOrigin(webUrl, variables)),
    ...(stripeUrl === undefined ? {} : { STRIPE_API_URL: stripeUrl }),
    ...(clerkUrl === undefined ? {} : { CLERK_API_URL: clerkUrl }),
  };
}

/** Adds the origin of a local page, which is opened under either name of this machine. */
function withOrigin(url: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const { origin, port } = new URL(url);
  const set = ORIGINS.filter((name) => variables[name]);
  return Object.fromEntries(set.map((name) => [name, `${variables[name]},${origin},http://localhost:${port}`]));
}
