import { logWarning } from "./log.ts";

declare const EdgeRuntime:
  | { waitUntil(work: Promise<unknown>): void }
  | undefined;

/**
 * Lets work continue after the response. On the platform `waitUntil` keeps the isolate alive for it.
 *
 * @param what The start of the warning that is logged when it fails: "<what> failed".
 */
export function background(what: string, work: Promise<unknown>): void {
  const settled = work.catch((cause) => logWarning(`${what} failed`, cause));
  if (typeof EdgeRuntime !== "undefined") EdgeRuntime?.waitUntil(settled);
}
