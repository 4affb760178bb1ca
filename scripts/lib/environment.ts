/** What `.env` says: which stand-ins are replaced by the real service, and what the functions are given. */
import { parseEnv } from "node:util";
import { Failure } from "./failure.ts";
import { exists, readIfExists } from "./files.ts";
import { ROOT } from "./paths.ts";
import * as local from "./project_keys.ts";

/** The variables that a person may set; others in the file are nobody's business here. */
const VARIABLES = [
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "RECONCILE_SECRET",
  "CLERK_PUBLISHABLE_KEY",
  "CLERK_SECRET_KEY",
  "CLERK_JWT_KEY",
  "CLERK_ISSUER",
  "CLERK_AUTHORIZED_PARTIES",
  "CLERK_BILLING_ROLES",
  "ALLOWED_ORIGINS",
  "CATALOG_ACCESS",
  "CATALOG_REFRESH_SECONDS",
] as const;

const LIVE = /^(sk|rk|pk)_live_/;

/** Where the frontends of most frameworks run while they are written. */
const ALLOWED_ORIGINS = "http://localhost:3000,http://localhost:5173";

export interface Environment {
  /** The variables that were set, over the defaults of a local project. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the local Stripe stands in. */
  readonly localStripe: boolean;
  /** Whether the local Clerk stands in. */
  readonly localClerk: boolean;
  /** The domain of the Clerk instance, which is what config.toml wants to know. */
  readonly clerkDomain: string;
  /** The origin that the local Clerk's tokens are made for. */
  readonly authorizedParty: string;
}

/**
 * Reads `.env`, or another file of its kind that has to be there.
 *
 * @throws Failure on a live key, here or exported in the shell, and on half a configuration
 */
export function readEnvironment(other?: string): Environment {
  const file = other ?? `${ROOT}/.env`;
  if (other !== undefined && !exists(other)) throw new Failure(`There is no file "${other}"`);
  for (const name of VARIABLES) refuseLiveKey(name, Deno.env.get(name), "the shell's environment");
  return environmentOf(parseEnv(readIfExists(file) ?? "") as Record<string, string>, file);
}

/** @throws Failure on a live key and on half a configuration */
export function environmentOf(given: Record<string, string | undefined>, source: string): Environment {
  const variables: Record<string, string> = {};
  for (const name of VARIABLES) {
    const value = given[name]?.trim();
    if (!value) continue;
    refuseLiveKey(name, value, `"${source}"`);
    variables[name] = value;
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
  }
  variables.RECONCILE_SECRET ??= local.RECONCILE_SECRET;
  variables.ALLOWED_ORIGINS ??= ALLOWED_ORIGINS;
  const parties = variables.CLERK_AUTHORIZED_PARTIES ?? variables.ALLOWED_ORIGINS;
  return {
    variables,
    localStripe,
    localClerk,
    clerkDomain: clerkDomainOf(variables.CLERK_PUBLISHABLE_KEY ?? ""),
    authorizedParty: parties.split(",")[0]?.trim() ?? "",
  };
}

function refuseLiveKey(name: string, value: string | undefined, source: string) {
  if (value === undefined || !LIVE.test(value)) return;
  throw new Failure(`${name} in ${source} is a live key: the local stack works with test keys only, remove it`);
}

function isLocalStripe(key: string | undefined): boolean {
  if (key === undefined || key === local.STRIPE_SECRET_KEY) return true;
  if (/^(sk|rk)_test_\w+$/.test(key)) return false;
  throw new Failure(`STRIPE_SECRET_KEY is no secret key of a Stripe test account: it begins with "sk_test_"`);
}

function isLocalClerk({ CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY }: Record<string, string>): boolean {
  if (CLERK_PUBLISHABLE_KEY === undefined && CLERK_SECRET_KEY === undefined) return true;
  if (CLERK_PUBLISHABLE_KEY === undefined || CLERK_SECRET_KEY === undefined) {
    const missing = CLERK_SECRET_KEY === undefined ? "CLERK_SECRET_KEY" : "CLERK_PUBLISHABLE_KEY";
    throw new Failure(`${missing} is missing: set both of Clerk's keys, or neither for the local Clerk`);
  }
  const localPublishable = CLERK_PUBLISHABLE_KEY === local.CLERK_PUBLISHABLE_KEY;
  const localSecret = CLERK_SECRET_KEY === local.CLERK_SECRET_KEY;
  if (localPublishable !== localSecret) {
    throw new Failure("One of Clerk's keys is the local Clerk's and the other is not: set both to one instance's");
  }
  if (!CLERK_SECRET_KEY.startsWith("sk_test_")) {
    throw new Failure(`CLERK_SECRET_KEY is no secret key of a Clerk development instance: it begins with "sk_test_"`);
  }
  return localPublishable;
}

/** @throws Failure when the key names no domain */
function clerkDomainOf(publishableKey: string): string {
  const [, encoded] = publishableKey.match(/^pk_test_([A-Za-z0-9+/_-]+=*)$/) ?? [];
  const [, domain] = decode(encoded ?? "").match(/^([a-z0-9.-]+\.[a-z0-9-]+)\$$/) ?? [];
  if (domain) return domain;
  throw new Failure(`CLERK_PUBLISHABLE_KEY is no publishable key of a Clerk development instance: copy it once more`);
}

function decode(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}
