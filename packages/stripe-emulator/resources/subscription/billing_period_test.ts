import { assertEquals } from "../../testing/assert.ts";
import { periodEnd } from "./billing_period.ts";

const CASES: [
  start: string,
  anchor: string,
  interval: "day" | "week" | "month" | "year",
  count: number,
  end: string,
][] = [
  ["2026-11-24", "2026-11-24", "day", 1, "2026-11-25"],
  ["2026-11-24", "2026-11-24", "week", 2, "2026-12-08"],
  ["2026-11-24", "2026-11-24", "month", 1, "2026-12-24"],
  ["2026-01-31", "2026-01-31", "month", 1, "2026-02-28"],
  ["2026-02-28", "2026-01-31", "month", 1, "2026-03-31"],
  ["2026-11-30", "2026-08-31", "month", 3, "2027-02-28"],
  ["2024-02-29", "2024-02-29", "year", 1, "2025-02-28"],
  ["2027-02-28", "2024-02-29", "year", 1, "2028-02-29"],
  ["2026-11-10", "2026-11-24", "month", 1, "2026-11-24"],
];
const seconds = (day: string) => Date.parse(`${day}T08:00:00Z`) / 1_000;

for (const [start, anchor, interval, interval_count, end] of CASES) {
  Deno.test(`a period of ${interval_count} ${interval} from ${start}, anchored at ${anchor}, ends at ${end}`, () => {
    assertEquals(periodEnd(seconds(start), seconds(anchor), { interval, interval_count }), seconds(end));
  });
}
