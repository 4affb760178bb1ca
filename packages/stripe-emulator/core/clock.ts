/** What a clock keeps, in milliseconds. */
export interface ClockState {
  /** How far it was moved. */
  clock_offset: number;
  /** Where it stands still. */
  clock_stopped: number | null;
}

/** The account's clock: the real one, or a test's, and how far it was moved. */
export interface Clock {
  /** Milliseconds, as `Date.now`. */
  now(): number;
  /** Moves it forward. */
  advance(seconds: number): void;
  /** Stops it, or lets it go on from where it stands. */
  stop(stopped: boolean): void;
  /** Makes it the real one again. */
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
