import { decodeJwt } from "@clerk/backend/jwt";

/**
 * Whether a bearer is a JWT of one of the project's API keys, which names no user. Supabase's gateway sends one for a
 * caller with nothing but an `apikey`: `BearerToken` in internal/start/start.go of github.com/supabase/cli, and
 * github.com/supabase/server/pull/76.
 *
 * The signature is not verified, and cannot be: functions do not have the secret of these tokens. It need not be, because
 * such a token counts as none, which every caller may send.
 */
export function isApiKeyToken(token: string): boolean {
  try {
    const { role, sub } = decodeJwt(token).payload as { role?: unknown; sub?: unknown };
    return sub === undefined && (role === "anon" || role === "service_role");
  } catch {
    return false;
  }
}
