/** The saved part of a clock, in milliseconds. */
export interface ClockState {
  /** The difference to the base clock. */
  clock_offset: number;
  /** The time of a stopped clock. */
  clock_stopped: number | null;
}

/** The account's clock: a base clock plus an offset. */
export interface Clock {
  /** Milliseconds, as `Date.now`. */
  now(): number;
  advance(seconds: number): void;
  /** Stops the clock, or starts it from where it stopped. */
  stop(stopped: boolean): void;
  /** Removes the offset and starts the clock. */
  reset(): void;
}

/** @param state Changed in place. */
export function createClock(state: ClockState, base: () => number): Clock {
  const now = () => state.clock_stopped ?? base() + state.clock_offset;
  return {
    now,
    advance(seconds) {
      state.clock_offset += seconds * 1_000;
      if (state.clock_stopped !== null) state.clock_stopped += seconds * 1_000;
    },
    stop(stopped) {
      const at = now();
      state.clock_stopped = stopped ? at : null;
      state.clock_offset = at - base();
    },
    reset() {
      state.clock_offset = 0;
      state.clock_stopped = null;
    },
  };
}
