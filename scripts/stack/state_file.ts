/** The state of an emulator on disk, written soon after a change and at a bounded cost. */
import { readIfExists, replaceFile } from "../lib/files.ts";

export interface StateFile<State> {
  readonly state: State;
  /** Schedules a write; later changes are included in it. */
  changed(): void;
  /** Writes now, if a write is scheduled. */
  flush(): void;
}

/** The shortest interval between two writes, in milliseconds. */
const INTERVAL = 50;

/** Writing takes at most this fraction of the time: one in 20. */
const SHARE = 20;

/** Opens the state in a file, or starts with an empty one. */
export function openState<State>(path: string, empty: () => State): StateFile<State> {
  const text = readIfExists(path);
  const state: State = text === undefined ? empty() : JSON.parse(text);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let interval = INTERVAL;

  function write() {
    clearTimeout(timer);
    timer = undefined;
    const started = performance.now();
    replaceFile(path, JSON.stringify(state));
    interval = Math.max(INTERVAL, (performance.now() - started) * SHARE);
  }

  if (text === undefined) write();
  return {
    state,
    changed: () => void (timer ??= setTimeout(write, interval)),
    flush() {
      if (timer !== undefined) write();
    },
  };
}
