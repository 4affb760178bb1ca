import { logWarning } from "./log.ts";

declare const EdgeRuntime:
  | { waitUntil(work: Promise<unknown>): void }
  | undefined;

const running = new Set<Promise<void>>();

/**
 * Lets work continue after the response. On the platform `waitUntil` keeps the isolate alive for it.
 *
 * @param what The start of the warning that is logged when it fails: "<what> failed".
 */
export function background(what: string, work: Promise<unknown>): void {
  const settled = work
    .then(() => {}, (cause) => logWarning(`${what} failed`, cause))
    .finally(() => running.delete(settled));
  running.add(settled);
  if (typeof EdgeRuntime !== "undefined") EdgeRuntime?.waitUntil(settled);
}

/** Resolves when no work is left, not even what other work has started meanwhile: before a process exits. */
export async function backgroundEnded(): Promise<void> {
  while (running.size > 0) await Promise.all(running);
}
