import { assertEquals } from "@std/assert";
import { ago } from "./ago.ts";

Deno.test("Minutes are said as a person would", () => {
  const said = [0, 0.9, 1, 119, 120, 47 * 60, 48 * 60, 40 * 24 * 60].map(ago);
  assertEquals(said, [
    "within the last minute",
    "within the last minute",
    "1 minute ago",
    "119 minutes ago",
    "2 hours ago",
    "47 hours ago",
    "2 days ago",
    "40 days ago",
  ]);
});
