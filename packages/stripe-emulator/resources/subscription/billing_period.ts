import type { Price } from "../../core/wire.ts";

type Recurring = Pick<NonNullable<Price["recurring"]>, "interval" | "interval_count">;

const DAY = 24 * 60 * 60;

/**
 * The end of the period that contains `start`: the first time after it at a whole number of intervals from the anchor,
 * on the last day of a month without the anchor's day: https://docs.stripe.com/billing/subscriptions/billing-cycle
 */
export function periodEnd(start: number, anchor: number, { interval, interval_count }: Recurring): number {
  if (interval === "day" || interval === "week") {
    const length = DAY * (interval === "week" ? 7 : 1) * interval_count;
    return anchor + length * (Math.floor((start - anchor) / length) + 1);
  }
  const months = interval_count * (interval === "year" ? 12 : 1);
  let count = Math.floor(monthsBetween(anchor, start) / months) - 1;
  while (addMonths(anchor, count * months) <= start) count++;
  return addMonths(anchor, count * months);
}

function monthsBetween(from: number, to: number): number {
  const [a, b] = [new Date(from * 1_000), new Date(to * 1_000)];
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
}

function addMonths(time: number, months: number): number {
  const date = new Date(time * 1_000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime() / 1_000;
}
