import { assertEquals } from "@std/assert";
import { createEstimate } from "./estimate.ts";

const MINUTE = 60_000;

/** What is said after each batch: its minute, and the part that was done then. */
function said(batches: [minute: number, share?: number][]) {
  let minutes = 0;
  const estimate = createEstimate(() => minutes * MINUTE);
  return batches.map(([minute, share]) => {
    minutes = minute;
    return estimate(share)?.replace(" left in Stripe's lists", "");
  });
}

Deno.test("Nothing is said while the part that is done is not known, or before it has grown", () => {
  assertEquals(said([[0], [1], [2, 0.5], [3, 0.5], [4]]), Array(5).fill(undefined));
});

Deno.test("The remaining time follows from how much was done since the part was known first", () => {
  const batches: [number, number?][] = [[0], [10, 0.25], [15, 0.5], [25, 0.75], [32.5, 0.99]];
  assertEquals(said(batches), [undefined, undefined, "about 10 minutes", "about 8 minutes", "less than a minute"]);
});

Deno.test("A resumed backfill is not taken for one that has done everything since this command began", () => {
  assertEquals(said([[0, 0.9], [1, 0.91]]), [undefined, "about 9 minutes"]);
});

Deno.test("When an older object makes the part smaller, the estimate begins again", () => {
  assertEquals(said([[0, 0.5], [1, 0.75], [2, 0.2], [3, 0.4]]), [
    undefined,
    "about a minute",
    undefined,
    "about 3 minutes",
  ]);
});

Deno.test("Long times are hours", () => assertEquals(said([[0, 0], [60, 0.1]]), [undefined, "about 9 hours"]));
