import { assertEquals } from "@std/assert";
import { describe, isBad, readCounts } from "./counts.ts";

Deno.test("readCounts reads the last line of deno test, with steps and ignored tests, and no other line", () => {
  assertEquals(readCounts("ok | 12 passed | 0 failed (2s)"), { passed: 12, failed: 0, ignored: 0 });
  assertEquals(readCounts("FAILED | 11 passed (3 steps) | 2 failed (1 step) | 1 ignored (2s)"), {
    passed: 11,
    failed: 2,
    ignored: 1,
  });
  assertEquals(readCounts("A name with ok | in it ... ok (2ms)"), undefined);
});

Deno.test("a file without any test is bad, one whose tests were all ignored is not", () => {
  assertEquals(isBad({ passed: 0, failed: 0, ignored: 0 }), true);
  assertEquals(isBad({ passed: 0, failed: 0, ignored: 2 }), false);
  assertEquals(isBad({ passed: 3, failed: 1, ignored: 0 }), true);
});

Deno.test("describe names skipped tests only where there are some", () => {
  assertEquals(describe({ passed: 3, failed: 0, ignored: 0 }), "3 passed, 0 failed");
  assertEquals(describe({ passed: 3, failed: 1, ignored: 2 }), "3 passed, 1 failed, 2 skipped");
});
