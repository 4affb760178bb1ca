import { isOfOrigin } from "./contract/redirect.ts";
import { allowedOrigins, checkOrigins } from "./env.ts";
import { AppError } from "./errors.ts";
import { logWarning } from "./log.ts";

let warned = false;

/** Whether a frontend of this origin may call the functions. */
export function isAllowedOrigin(origin: string): boolean {
  if (allowedOrigins().has(origin)) return true;
  if (!warned) warnOnce();
  return false;
}

/**
 * Refuses addresses that do not belong to an allowed origin.
 *
 * @param urls By the names of their fields.
 * @throws AppError `invalid_request`
 */
export function requireAllowedRedirects(urls: Record<string, string>): void {
  const origins = [...allowedOrigins()];
  const refused = Object.keys(urls).filter((field) => !origins.some((origin) => isOfOrigin(urls[field]!, origin)));
  if (refused.length === 0) return;
  if (!warned) warnOnce();
  const message = "Give a URL that begins with an origin of ALLOWED_ORIGINS";
  throw AppError.invalidRequest(refused.map((field) => ({ field, message })));
}

/** The origin that is refused may be meant by an entry that cannot be used. */
function warnOnce(): void {
  try {
    checkOrigins();
  } catch (cause) {
    logWarning("Entries that are no origins are left out", cause);
  }
  warned = true;
}
