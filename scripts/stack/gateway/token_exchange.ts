import { createRemoteJWKSet, errors, jwtVerify, SignJWT } from "jose";

/** Exchanges a bearer for one that the Data API accepts. @throws TokenRefused */
export type Exchange = (bearer: string) => Promise<string>;

/** Why a bearer is not a valid token, with PostgREST's code and message. https://docs.postgrest.org/en/stable/references/errors.html */
export class TokenRefused extends Error {
  override name = "TokenRefused";
  constructor(readonly code: "PGRST301" | "PGRST303", message: string, cause?: unknown) {
    super(message, { cause });
  }
}

export interface ExchangeOptions {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** Signs the tokens for the Data API. */
  readonly jwtSecret: string;
}

/**
 * Third-party authentication as on the platform: a Clerk token is verified against the instance's key set, and its claim
 * `role` is the role in the database. https://supabase.com/docs/guides/auth/third-party/clerk
 */
export function createExchange({ issuer, jwksUrl, jwtSecret }: ExchangeOptions): Exchange {
  const keySet = createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 1_000 });
  return async (bearer) => {
    const parts = bearer.split(".").length;
    if (parts !== 3) throw new TokenRefused("PGRST301", `Expected 3 parts in JWT; got ${parts}`);
    try {
      // PostgREST allows the same 30 seconds.
      const { payload } = await jwtVerify(bearer, keySet, { algorithms: ["RS256"], issuer, clockTolerance: 30 });
      return await signDataApiToken({ ...payload, role: payload.role ?? "anon" }, jwtSecret);
    } catch (cause) {
      if (cause instanceof errors.JWTExpired) throw new TokenRefused("PGRST303", "JWT expired", cause);
      if (cause instanceof errors.JWTClaimValidationFailed) {
        throw new TokenRefused("PGRST303", cause.claim === "nbf" ? "JWT not yet valid" : "JWT not issued here", cause);
      }
      if (cause instanceof errors.JOSEError) {
        throw new TokenRefused("PGRST301", "No suitable key or wrong key type", cause);
      }
      throw cause;
    }
  };
}

/** A token for the Data API behind the gateway, which verifies it with a shared secret. */
export async function signDataApiToken(claims: Record<string, unknown>, jwtSecret: string): Promise<string> {
  return await new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(jwtSecret));
}
