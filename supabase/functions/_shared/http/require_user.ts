import { type User, verifyToken, wasVerified } from "../clerk/verify_token.ts";
import { publishableKeys } from "../env.ts";
import { AppError } from "../errors.ts";
import { isApiKeyToken } from "./api_key_token.ts";

/** Guard for signed-in Clerk users. */
export async function requireUser(request: Request): Promise<User> {
  const token = bearer(request);
  if (token === null) throw AppError.unauthenticated("No token was sent");
  return await verifyToken(token);
}

/**
 * The bearer token; null without one. The project's API keys count as no token: older versions of supabase-js send the
 * publishable key for a signed-out visitor, and Supabase's gateway sends a JWT of the key.
 */
export function bearer(request: Request): string | null {
  const header = request.headers.get("authorization");
  if (header === null) return null;
  const [, token] = header.match(/^Bearer +(\S+)$/i) ?? [];
  if (token === undefined) {
    throw AppError.unauthenticated("The authorization header holds no bearer token");
  }
  // First, because decoding a token of a known user again would take longer than all else that is done with it.
  if (wasVerified(token)) return token;
  return publishableKeys().has(token) || isApiKeyToken(token) ? null : token;
}
