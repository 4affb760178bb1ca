/** The variables of a server beside a test stack, with whose database and emulators it works. */
import { freePort } from "../../lib/ports.ts";
import type { TestStack } from "../../testbed/client.ts";

export type Variables = Readonly<Record<string, string>>;

/** How the server reaches the database. */
export const DATABASES: Readonly<Record<string, (stack: TestStack) => Variables>> = {
  "the Data API": ({ url, secret_key }) => ({
    SUPABASE_URL: url,
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: secret_key }),
  }),
  "DATABASE_URL": ({ server_url }) => ({ DATABASE_URL: server_url }),
};

/** @param database How it reaches the database, one of {@link DATABASES} */
export function serverVariables(
  stack: TestStack,
  database: (stack: TestStack) => Variables,
): Variables & { PORT: string } {
  return {
    ...database(stack),
    PORT: String(freePort()),
    STRIPE_SECRET_KEY: stack.stripe_restricted_key,
    STRIPE_WEBHOOK_SECRET: stack.stripe_webhook_secret,
    STRIPE_API_URL: stack.stripe_url,
    CLERK_PUBLISHABLE_KEY: stack.clerk_publishable_key,
    CLERK_SECRET_KEY: stack.clerk_secret_key,
    CLERK_WEBHOOK_SIGNING_SECRET: stack.clerk_webhook_secret,
    CLERK_API_URL: stack.clerk_url,
    RECONCILE_SECRET: stack.reconcile_secret,
    ALLOWED_ORIGINS: "http://localhost:3000",
  };
}

/** Writes a file of variables. @returns Its path */
export function writeVariables(variables: Variables): string {
  const file = Deno.makeTempFileSync({ suffix: ".env" });
  Deno.writeTextFileSync(file, Object.entries(variables).map(([name, value]) => `${name}='${value}'\n`).join(""));
  return file;
}
