import { allowedOrigins } from "./env.ts";
import { logWarning } from "./log.ts";

/** Whether a frontend of this origin may call, and be returned to from Stripe's pages. */
export function isAllowedOrigin(origin: string): boolean {
  try {
    return allowedOrigins().has(origin);
  } catch (cause) {
    logWarning("No origin is allowed", cause);
    return false;
  }
}
