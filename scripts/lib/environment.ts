/** The variables in `.env`: which emulators the real services replace, and what the functions are given. */
import { clerkDomainOf } from "../../supabase/functions/_shared/contract/clerk_keys.ts";
import { variablesSetBy } from "../../supabase/functions/_shared/contract/variables.ts";
import { readEnvFile } from "./env_file.ts";
import { Failure } from "./failure.ts";
import { ROOT } from "./paths.ts";
import * as local from "./project_keys.ts";

/** The variables that the functions read; others in the file are ignored. */
const VARIABLES = variablesSetBy("operator");

/** Anywhere in a value, so that neither a space nor a quote hides a key. */
const LIVE = /(?<![A-Za-z0-9])(sk|rk|pk)_live_/;

/** The development servers of most frontend frameworks. */
const ALLOWED_ORIGINS = "http://localhost:3000,http://localhost:5173";

export interface Environment {
  /** The variables that are set, over the defaults of a local project. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the Stripe emulator is used. */
  readonly localStripe: boolean;
  /** Whether the Clerk emulator is used. */
  readonly localClerk: boolean;
  /** The domain of the Clerk instance, which config.toml needs. */
  readonly clerkDomain: string;
  /** The origin that the Clerk emulator issues tokens for. */
  readonly authorizedParty: string;
}

/**
 * Reads `.env`, or another file, which then must exist.
 *
 * @throws Failure on a live key, in the file or in the shell, and on half a configuration
 */
export function readEnvironment(other?: string): Environment {
  const file = other ?? `${ROOT}/.env`;
  for (const name of VARIABLES) refuseLiveKey(name, Deno.env.get(name), "the shell's environment");
  const given = readEnvFile(file);
  if (other !== undefined && given === undefined) throw new Failure(`There is no file "${other}"`);
  return environmentOf(given ?? {}, file);
}

/** @throws Failure on a live key and on half a configuration */
export function environmentOf(given: Record<string, string | undefined>, source: string): Environment {
  // A live key under a misspelled name is a live key too.
  for (const [name, value] of Object.entries(given)) refuseLiveKey(name, value, `"${source}"`);
  const variables: Record<string, string> = {};
  for (const name of VARIABLES) {
    const value = given[name]?.trim();
    if (value) variables[name] = value;
  }

  const localStripe = isLocalStripe(variables.STRIPE_SECRET_KEY);
  const localClerk = isLocalClerk(variables);
  if (localStripe) {
    variables.STRIPE_SECRET_KEY = local.STRIPE_SECRET_KEY;
    variables.STRIPE_WEBHOOK_SECRET = local.STRIPE_WEBHOOK_SECRET;
  }
  if (localClerk) {
    variables.CLERK_PUBLISHABLE_KEY = local.CLERK_PUBLISHABLE_KEY;
    variables.CLERK_SECRET_KEY = local.CLERK_SECRET_KEY;
    variables.CLERK_WEBHOOK_SIGNING_SECRET = local.CLERK_WEBHOOK_SIGNING_SECRET;
  }
  variables.RECONCILE_SECRET ??= local.RECONCILE_SECRET;
  variables.ALLOWED_ORIGINS ??= ALLOWED_ORIGINS;
  const parties = variables.CLERK_AUTHORIZED_PARTIES ?? variables.ALLOWED_ORIGINS;
  return {
    variables,
    localStripe,
    localClerk,
    clerkDomain: developmentDomain(variables.CLERK_PUBLISHABLE_KEY ?? ""),
    authorizedParty: parties.split(",")[0]?.trim() ?? "",
  };
}

function refuseLiveKey(name: string, value: string | undefined, source: string) {
  if (value === undefined || !LIVE.test(value)) return;
  throw new Failure(`${name} in ${source} is a live key: the local stack accepts test keys only, remove it`);
}

function isLocalStripe(key: string | undefined): boolean {
  if (key === undefined || key === local.STRIPE_SECRET_KEY) return true;
  if (/^(sk|rk)_test_\w+$/.test(key)) return false;
  throw new Failure(`STRIPE_SECRET_KEY is not a secret key of a Stripe test account: it begins with "sk_test_"`);
}

function isLocalClerk({ CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY }: Record<string, string>): boolean {
  if (CLERK_PUBLISHABLE_KEY === undefined && CLERK_SECRET_KEY === undefined) return true;
  if (CLERK_PUBLISHABLE_KEY === undefined || CLERK_SECRET_KEY === undefined) {
    const missing = CLERK_SECRET_KEY === undefined ? "CLERK_SECRET_KEY" : "CLERK_PUBLISHABLE_KEY";
    throw new Failure(`${missing} is missing: set both Clerk keys, or neither to use the Clerk emulator`);
  }
  const localPublishable = CLERK_PUBLISHABLE_KEY === local.CLERK_PUBLISHABLE_KEY;
  const localSecret = CLERK_SECRET_KEY === local.CLERK_SECRET_KEY;
  if (localPublishable !== localSecret) {
    throw new Failure("Only one of the Clerk keys belongs to the emulator: set both keys of one instance");
  }
  if (!CLERK_SECRET_KEY.startsWith("sk_test_")) {
    throw new Failure(
      `CLERK_SECRET_KEY is not a secret key of a Clerk development instance: it begins with "sk_test_"`,
    );
  }
  return localPublishable;
}

/** @throws Failure when the key is not that of a development instance */
function developmentDomain(publishableKey: string): string {
  const domain = publishableKey.startsWith("pk_test_") ? clerkDomainOf(publishableKey) : undefined;
  if (domain) return domain;
  throw new Failure(
    "CLERK_PUBLISHABLE_KEY is not a publishable key of a Clerk development instance: copy it again",
  );
}
