import { assertEquals } from "@std/assert";
import { readCounts } from "./counts.ts";

Deno.test("readCounts reads the last line of deno test, with steps and ignored tests, and no other line", () => {
  assertEquals(readCounts("ok | 12 passed | 0 failed (2s)"), { passed: 12, failed: 0 });
  assertEquals(readCounts("FAILED | 11 passed (3 steps) | 2 failed (1 step) | 1 ignored (2s)"), {
    passed: 11,
    failed: 2,
  });
  assertEquals(readCounts("A name with ok | in it ... ok (2ms)"), undefined);
});
