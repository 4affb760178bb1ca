import { assertEquals, assertThrows } from "@std/assert";
import { Failure } from "../lib/failure.ts";
import { secondsOf } from "./time_step.ts";

const at = (date: string) => Date.parse(`${date}Z`) / 1_000;

Deno.test("secondsOf adds minutes to weeks as they are long, and months and years by the calendar", () => {
  for (
    const [from, step, to] of [
      ["2026-01-01T00:00:00", "+90minutes", "2026-01-01T01:30:00"],
      ["2026-01-01T00:00:00", "1day", "2026-01-02T00:00:00"],
      ["2026-01-01T00:00:00", "+2 weeks", "2026-01-15T00:00:00"],
      ["2026-01-15T10:20:30", "+1month", "2026-02-15T10:20:30"],
      ["2026-01-31T10:20:30", "+1month", "2026-02-28T10:20:30"],
      ["2026-11-30T00:00:00", "+3months", "2027-02-28T00:00:00"],
      ["2024-02-29T00:00:00", "+1year", "2025-02-28T00:00:00"],
    ] as const
  ) {
    assertEquals(secondsOf(step, at(from)), at(to) - at(from), `${from} ${step}`);
  }
});

Deno.test("secondsOf refuses what is no step forward", () => {
  for (const step of ["", "month", "-1day", "+0days", "+1.5days", "+1fortnight", "+99999days", "1day 2hours"]) {
    assertThrows(() => secondsOf(step, 0), Failure, "Invalid step");
  }
});
