/** A stand-in's state on disk, written soon after it changed and never often enough to be felt. */
import { readIfExists, replaceFile } from "../lib/files.ts";

export interface StateFile<State> {
  readonly state: State;
  /** Writes before long; changes in the meantime are written with it. */
  changed(): void;
  /** Writes now, if anything changed. */
  flush(): void;
}

/** The shortest time between two writes, in milliseconds. */
const INTERVAL = 50;

/** Writing takes at most a part in this many of the time. */
const SHARE = 20;

/** Opens the state in a file, or begins with an empty one. */
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
