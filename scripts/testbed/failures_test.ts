import { assertEquals } from "@std/assert";
import { failuresIn } from "./failures.ts";

const OUTPUT = `
One ... ok (1ms)
Two ... a step ... FAILED (1ms)

 ERRORS 

Two ... a step => ./a_test.ts:1:43
error: AssertionError: Values are not equal.

    [Diff] Actual / Expected
    -   200
    +   503
    at file:///a_test.ts:1:75

Three => ./a_test.ts:2:6
error: Error: plain
    at file:///a_test.ts:2:34

 FAILURES 

Two ... a step => ./a_test.ts:1:43
Three => ./a_test.ts:2:6

FAILED | 1 passed | 2 failed (1 step) (67ms)
`.split("\n");

Deno.test("failuresIn gives each failed test once, with the beginning of its error and without its stack", () => {
  assertEquals(failuresIn(OUTPUT), [
    "Two ... a step => ./a_test.ts:1:43",
    "error: AssertionError: Values are not equal.",
    "    [Diff] Actual / Expected",
    "    -   200",
    "    +   503",
    "Three => ./a_test.ts:2:6",
    "error: Error: plain",
  ]);
});

Deno.test("failuresIn gives the files of SQL tests that failed, and nothing of what passed", () => {
  const failed = ["FAILED  supabase/tests/010_a_test.sql (3 passed)", "    not ok 4 - b", "    # have: 1"];
  const passed = "ok  supabase/tests/000_b_test.sql (1 passed)";
  assertEquals(failuresIn([passed, ...failed, passed]), failed);
  assertEquals(failuresIn(["Passes ... ok", "", "ok | 1 passed | 0 failed (1ms)"]), []);
});
