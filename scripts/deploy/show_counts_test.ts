import { assertEquals, assertStringIncludes } from "@std/assert";
import { createProgress } from "./show_counts.ts";

function record(isTerminal: boolean) {
  const written: string[] = [];
  return { written, progress: createProgress((text) => written.push(text), isTerminal) };
}

Deno.test("Without a terminal there is a plain line whenever something was added", () => {
  const { written, progress } = record(false);
  progress.show({});
  progress.show({ customer: 1 });
  progress.show({ customer: 1 });
  progress.show({ customer: 1200, product: 3 });
  progress.say("Done");
  assertEquals(written, ["customer 1\n", "customer 1200, product 3\n", "Done\n"]);
});

Deno.test("On a terminal the lines are drawn over one another, but not over words", () => {
  const { written, progress } = record(true);
  progress.show({ customer: 1200 });
  progress.show({ customer: 1300 });
  progress.say("Waiting");
  progress.show({ customer: 1400 });
  assertStringIncludes(written[0]!, `${"customer".padEnd(47)}1,200\n`);
  assertEquals(written.map((text) => text.startsWith("\x1b[6A")), [false, true, false, false]);
});
