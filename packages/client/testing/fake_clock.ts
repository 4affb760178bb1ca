/** A clock that only a test moves, so that no test waits or depends on load. */
export function fakeClock(): Disposable & { advance(milliseconds: number): Promise<void> } {
  const { setTimeout, clearTimeout } = globalThis;
  const { now } = Date;
  const timers = new Map<number, { due: number; run: () => void }>();
  let time = 0;
  let ids = 0;
  globalThis.setTimeout = ((run: () => void, milliseconds = 0) => {
    timers.set(++ids, { due: time + milliseconds, run });
    return ids;
  }) as never;
  globalThis.clearTimeout = ((id: number) => void timers.delete(id)) as never;
  Date.now = () => time;
  /** Everything that needs no time is done. */
  const settle = () => new Promise((resolve) => setTimeout(resolve));

  return {
    async advance(milliseconds) {
      const end = time + milliseconds;
      for (;;) {
        await settle();
        const [next] = [...timers].filter(([, { due }]) => due <= end).toSorted(([, a], [, b]) => a.due - b.due);
        if (next === undefined) break;
        time = next[1].due;
        timers.delete(next[0]);
        next[1].run();
      }
      time = end;
    },
    [Symbol.dispose]() {
      Object.assign(globalThis, { setTimeout, clearTimeout });
      Date.now = now;
    },
  };
}
