/** The work that continues after its response: _shared/background.ts passes it to `EdgeRuntime`, as on the platform. */

export interface BackgroundWork {
  /** Resolves when nothing is left, not even what other work has started meanwhile. */
  finished(): Promise<void>;
}

/** Defines `EdgeRuntime`. https://supabase.com/docs/guides/functions/background-tasks */
export function trackBackgroundWork(): BackgroundWork {
  const running = new Set<Promise<unknown>>();

  function waitUntil(work: Promise<unknown>): void {
    // It never rejects: its failure is logged where it begins.
    const settled = work.finally(() => running.delete(settled));
    running.add(settled);
  }
  Object.assign(globalThis, { EdgeRuntime: { waitUntil } });

  return {
    async finished() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
