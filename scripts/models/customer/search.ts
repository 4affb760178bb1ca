/** Schedules tried one after another, and the one that is found written down. */
import { type Promised, PROMISES } from "./promises.ts";
import { type Rules, runSchedule } from "./schedule.ts";

export interface Found {
  seed: number;
  promise: Promised;
}

/** The first of so many schedules that breaks a promise, or this promise. */
export function searchSchedules(
  first: number,
  count: number,
  rules: Rules = {},
  promise?: Promised,
): Found | undefined {
  for (let seed = first; seed < first + count; seed++) {
    const broken = runSchedule(seed, rules);
    if (broken && (promise ?? broken) === broken) return { seed, promise: broken };
  }
  return undefined;
}

/** What happened in a schedule, line by line, up to the broken promise. */
export function writeDown(seed: number, rules: Rules = {}): string {
  const lines: string[] = [];
  const broken = runSchedule(seed, rules, (line) => lines.push(line));
  return [`Seed ${seed}`, ...lines, broken ? `Broken: ${PROMISES[broken]}` : "Every promise is kept"].join("\n");
}
