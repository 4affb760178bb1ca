/** The CPU time of processes, from Linux's /proc, exact to the thread. Not available on other systems. */
import { readIfExists } from "../lib/files.ts";

/** Thread → nanoseconds of CPU time. */
export type CpuTimes = ReadonlyMap<string, number>;

export const hasCpuTimes = Deno.build.os === "linux";

export function readCpuTimes(pids: readonly number[]): CpuTimes {
  const times = new Map<string, number>();
  for (const pid of hasCpuTimes ? pids : []) {
    for (const thread of entries(`/proc/${pid}/task`)) {
      const [ran] = read(`/proc/${pid}/task/${thread}/schedstat`)?.split(" ") ?? [];
      if (ran !== undefined) times.set(thread, Number(ran));
    }
  }
  return times;
}

/** Microseconds of CPU time between two readings. A thread that ended in between counts as idle. */
export function cpuBetween(before: CpuTimes, after: CpuTimes): number {
  let nanoseconds = 0;
  for (const [thread, ran] of after) nanoseconds += ran - (before.get(thread) ?? 0);
  return nanoseconds / 1_000;
}

/** A process and its children. */
export function familyOf(pid: number): number[] {
  const children = entries("/proc").map(Number).filter((child) => Number.isInteger(child) && parentOf(child) === pid);
  return [pid, ...children];
}

/** @returns undefined when the process does not exist or is not visible */
export function parentOf(pid: number): number | undefined {
  // The program's name is in parentheses and may contain any character.
  const [, parent] = read(`/proc/${pid}/stat`)?.match(/\) \w (\d+) [^)]*$/) ?? [];
  return parent === undefined ? undefined : Number(parent);
}

/** Resident memory in megabytes. */
export function readMemory(pid: number): number {
  const [, kilobytes] = readIfExists(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB/m) ?? [];
  return Number(kilobytes ?? 0) / 1_024;
}

/** Processes and threads may end while they are read. */
function read(path: string): string | undefined {
  return unlessGone(() => Deno.readTextFileSync(path));
}

function entries(path: string): string[] {
  return unlessGone(() => [...Deno.readDirSync(path)].map(({ name }) => name)) ?? [];
}

function unlessGone<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || /os error 3\b/.test(String(error))) return undefined;
    throw error;
  }
}
