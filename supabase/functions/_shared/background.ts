import { logWarning } from "./log.ts";

declare const EdgeRuntime:
  | { waitUntil(work: Promise<unknown>): void }
  | undefined;

/** Lets work outlive the answer. The platform is told, so that it keeps the isolate; elsewhere the process simply goes on. */
export function background(what: string, work: Promise<unknown>): void {
  const settled = work.catch((cause) => logWarning(`${what} failed`, cause));
  if (typeof EdgeRuntime !== "undefined") EdgeRuntime?.waitUntil(settled);
}
