/**
 * The URLs of the services: a project's is that of its reference. A variable of the shell that names another address is
 * an error, because the secrets of the file would be sent there.
 */
import { Failure } from "../../lib/failure.ts";
import { readIfExists } from "../../lib/files.ts";
import { isLoopback } from "../../lib/loopback.ts";

export interface ServiceUrls {
  /** https://supabase.com/docs/reference/api */
  readonly managementApi: string;
  readonly stripe: string;
  readonly clerk: string;
  projectUrl(ref: string): string;
  /** Where a Clerk instance publishes its key set. */
  keySetUrl(issuer: string): string;
}

const SUPABASE_API = "https://api.supabase.com";
const STRIPE = "https://api.stripe.com";
const CLERK = "https://api.clerk.com";

/** Names the emulators of a test, as JSON with `project`, `stripe` and `clerk`. No other program reads it. */
export const EMULATORS = "DEPLOY_EMULATORS";

/**
 * @param shell The variables of the shell
 * @throws Failure when one of them names another address, or when a live key would be sent to an emulator
 */
export function readServiceUrls(
  { live, shell = Deno.env.toObject() }: { live: boolean; shell?: Readonly<Record<string, string>> },
): ServiceUrls {
  const emulators = readEmulators(shell[EMULATORS], live);
  requireAddress("STRIPE_API_URL", shell.STRIPE_API_URL, STRIPE);
  requireAddress("CLERK_API_URL", shell.CLERK_API_URL, CLERK);
  return {
    managementApi: profileApi(shell.SUPABASE_PROFILE, live),
    stripe: emulators.stripe ?? STRIPE,
    clerk: emulators.clerk ?? CLERK,
    projectUrl(ref) {
      const url = `https://${ref}.supabase.co`;
      requireAddress("SUPABASE_URL", shell.SUPABASE_URL, url);
      return emulators.project ?? url;
    },
    keySetUrl: (issuer) => `${emulators.clerk ?? issuer}/.well-known/jwks.json`,
  };
}

/** The variable is one that other programs read too, so it may be set for them: it must not redirect a secret. */
function requireAddress(name: string, value: string | undefined, expected: string): void {
  if (!value || value.replace(/\/+$/, "") === expected) return;
  throw new Failure(`Unset ${name} in the shell: it is "${value}", but the secrets belong to ${expected}`);
}

interface Emulators {
  readonly project?: string;
  readonly stripe?: string;
  readonly clerk?: string;
}

function readEmulators(json: string | undefined, live: boolean): Emulators {
  if (!json) return {};
  if (live) throw new Failure(`Unset ${EMULATORS} in the shell: an emulator never receives a live key`);
  const emulators: Emulators = JSON.parse(json);
  const remote = Object.values(emulators).find((url) => !isLoopback(url));
  if (remote === undefined) return emulators;
  throw new Failure(`${EMULATORS} in the shell names "${remote}", which is not on this machine`);
}

/** The management API's URL in a profile of the Supabase CLI, so that both use the same one. */
function profileApi(path: string | undefined, live: boolean): string {
  if (!path) return SUPABASE_API;
  const text = readIfExists(path);
  if (text === undefined) throw new Failure(`Cannot find the file that SUPABASE_PROFILE names: "${path}"`);
  const url = apiUrlOf(text, path);
  if (url === SUPABASE_API || !live && isLoopback(url)) return url;
  throw new Failure(
    `Unset SUPABASE_PROFILE in the shell: its API is "${url}", but the access token and the secrets belong to ` +
      SUPABASE_API,
  );
}

function apiUrlOf(text: string, path: string): string {
  try {
    return String(JSON.parse(text).api_url).replace(/\/+$/, "");
  } catch {
    throw new Failure(`Cannot read the file that SUPABASE_PROFILE names: "${path}" is not JSON`);
  }
}
