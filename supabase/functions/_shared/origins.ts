import { allowedOrigins, checkOrigins } from "./env.ts";
import { logWarning } from "./log.ts";

let warned = false;

/** Whether a frontend of this origin may call the functions. */
export function isAllowedOrigin(origin: string): boolean {
  if (allowedOrigins().has(origin)) return true;
  if (!warned) warnOnce();
  return false;
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
