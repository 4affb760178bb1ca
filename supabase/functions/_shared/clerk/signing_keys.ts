import { Cache, ISOLATE_LIFE } from "../cache.ts";
import { clerkEnv, clerkPublicKeys } from "../env.ts";
import { AppError } from "../errors.ts";

/** Milliseconds between two fetches for an unknown key id, so that invented ids cause few requests to Clerk. */
const REFETCH = 5_000;
/** Milliseconds after a failed fetch for which every token gets the same failure. */
const PAUSE = 2_000;

const fetched = new Cache<Map<string, JsonWebKey>>({ size: 1, fresh: ISOLATE_LIFE });
let lastFetch = -Infinity;
let lastFailure: AppError | undefined;

/**
 * The keys that may have signed a token: those of `CLERK_JWT_KEY`, otherwise Clerk's key with the token's `kid`.
 *
 * @throws AppError `clerk_unavailable`, `not_configured`
 */
export async function findSigningKeys(kid: string): Promise<JsonWebKey[]> {
  const configured = await clerkPublicKeys();
  if (configured.length > 0) return configured;

  const known = (await fetched.get("", fetchKeys)).get(kid);
  if (known) return [known];
  if (performance.now() - lastFetch > REFETCH) fetched.expire("");
  const rotated = (await fetched.get("", fetchKeys)).get(kid);
  return rotated ? [rotated] : [];
}

/** https://clerk.com/docs/reference/backend-api/tag/jwks/get/jwks */
async function fetchKeys(): Promise<Map<string, JsonWebKey>> {
  const { apiUrl, secretKey } = clerkEnv();
  if (lastFailure !== undefined && performance.now() - lastFetch < PAUSE) throw lastFailure;
  lastFetch = performance.now();
  lastFailure = undefined;
  let response: Response;
  try {
    response = await fetch(`${apiUrl}/v1/jwks`, {
      headers: { authorization: `Bearer ${secretKey}` },
      signal: AbortSignal.timeout(5_000),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw Object.assign(new Error("Clerk refused the request for its keys"), { status: response.status });
    }
    const { keys } = await response.json() as {
      keys: (JsonWebKey & { kid: string })[];
    };
    return new Map(keys.map((key) => [key.kid, key]));
  } catch (cause) {
    const refused = [401, 403].includes((cause as { status?: number }).status ?? 0);
    lastFailure = refused
      ? AppError.notConfigured("CLERK_SECRET_KEY is refused by Clerk", cause)
      : AppError.clerkUnavailable(cause);
    throw lastFailure;
  }
}
