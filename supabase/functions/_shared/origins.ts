import { allowedOrigins } from "./env.ts";
import { logWarning } from "./log.ts";

/** Whether a frontend of this origin may call the functions, and Stripe's pages may return to it. */
export function isAllowedOrigin(origin: string): boolean {
  try {
    return allowedOrigins().has(origin);
  } catch (cause) {
    logWarning("No origin is allowed", cause);
    return false;
  }
}
