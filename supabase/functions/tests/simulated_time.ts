/**
 * Runs a function in simulated time: `performance.now` stands still while code runs, and moves to the next timeout when
 * everything waits. Only timeouts may be waited for.
 */
export async function inSimulatedTime<Result>(run: () => Promise<Result>): Promise<Result> {
  const { setTimeout, performance } = globalThis;
  const realNow = performance.now;
  const timers: { at: number; resume: () => void }[] = [];
  let now = 0;
  performance.now = () => now;
  globalThis.setTimeout = ((resume: () => void, milliseconds = 0) => {
    timers.push({ at: now + milliseconds, resume });
    return 0;
  }) as unknown as typeof setTimeout;
  try {
    let settled = false;
    const result = run().finally(() => settled = true);
    result.catch(() => {});
    for (;;) {
      await new Promise<void>((resume) => setTimeout(resume, 0));
      if (settled) return await result;
      const next = timers.reduce<typeof timers[number] | undefined>(
        (first, timer) => first === undefined || timer.at < first.at ? timer : first,
        undefined,
      );
      if (next === undefined) throw new Error("Everything waits, but for no timeout");
      timers.splice(timers.indexOf(next), 1);
      now = Math.max(now, next.at);
      next.resume();
    }
  } finally {
    globalThis.setTimeout = setTimeout;
    performance.now = realNow;
  }
}
