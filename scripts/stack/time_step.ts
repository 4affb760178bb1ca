/** A step in time as a person types it: `+1month`, `+3days`. */
import { Failure } from "../lib/failure.ts";

const SECONDS = { minute: 60, hour: 3_600, day: 86_400, week: 604_800 } as const;
const MONTHS = { month: 1, year: 12 } as const;
const UNITS = [...Object.keys(SECONDS), ...Object.keys(MONTHS)];
const STEP = new RegExp(`^\\+?([1-9]\\d{0,3}) ?(${UNITS.join("|")})s?$`);

/**
 * The seconds of a step from a time. A month ends on the same day of the next, or on its last.
 *
 * @param from In Unix seconds.
 * @throws Failure for anything else than a number and a unit
 */
export function secondsOf(step: string, from: number): number {
  const [, count, unit = ""] = step.match(STEP) ?? [];
  if (count === undefined) {
    throw new Failure(`Invalid step "${step}": expected a number and a unit, such as +1month, +3days or +2hours`);
  }
  if (unit in SECONDS) return Number(count) * SECONDS[unit as keyof typeof SECONDS];

  const months = Number(count) * MONTHS[unit as keyof typeof MONTHS];
  const date = new Date(from * 1_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return Math.round(date.getTime() / 1_000) - from;
}
