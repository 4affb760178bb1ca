import { assertEquals } from "@std/assert";
import { readTap } from "./tap.ts";

Deno.test("A file that fulfils its plan passes", () => {
  assertEquals(readTap("1..2\nok 1 - One\nok 2 - Two"), { passed: 2, failures: [] });
});

Deno.test("A failed test is a failure with its diagnostics", () => {
  const { passed, failures } = readTap("1..2\nok 1 - One\nnot ok 2 - Two\n# Failed test 2\n#   have: 1");
  assertEquals([passed, failures], [1, ["not ok 2 - Two\n# Failed test 2\n#   have: 1"]]);
});

const BROKEN: [what: string, output: string, failure: string][] = [
  ["Fewer tests than planned", "1..3\nok 1\nok 2", "3 tests were planned and 2 ran"],
  ["More tests than planned", "1..1\nok 1\nok 2", "1 tests were planned and 2 ran"],
  ["No plan", "ok 1", "No plan, and 1 tests ran"],
  ["No test", "1..0", "No test ran"],
  ["Nothing at all", "", "No plan, and 0 tests ran"],
  ["A bail-out", "1..1\nok 1\nBail out! Enough", "Bail out! Enough"],
];

for (const [what, output, failure] of BROKEN) {
  Deno.test(`${what} is a failure`, () => assertEquals(readTap(output).failures, [failure]));
}
