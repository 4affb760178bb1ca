import { assertEquals } from "@std/assert";
import { ago } from "./ago.ts";

Deno.test("ago prints minutes in the largest fitting unit", () => {
  const texts = [0, 0.9, 1, 119, 120, 47 * 60, 48 * 60, 40 * 24 * 60].map(ago);
  assertEquals(texts, [
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
