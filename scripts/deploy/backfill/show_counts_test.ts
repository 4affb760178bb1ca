import { assertEquals, assertStringIncludes } from "@std/assert";
import { createProgress } from "./show_counts.ts";

function record(isTerminal: boolean) {
  const written: string[] = [];
  return { written, progress: createProgress((text) => written.push(text), isTerminal) };
}

Deno.test("Without a terminal there is a plain line whenever something was added", () => {
  const { written, progress } = record(false);
  progress.show({});
  progress.show({ customers: 1 });
  progress.show({ customers: 1 });
  progress.show({ customers: 1200, products: 3 });
  progress.say("Done");
  assertEquals(written, ["customers 1\n", "customers 1200, products 3\n", "Done\n"]);
});

Deno.test("On a terminal the lines are drawn over one another, but not over words", () => {
  const { written, progress } = record(true);
  progress.show({ customers: 1200 });
  progress.show({ customers: 1300 });
  progress.say("Waiting");
  progress.show({ customers: 1400 });
  assertStringIncludes(written[0]!, "customers            1,200\n");
  assertEquals(written.map((text) => text.startsWith("\x1b[6A")), [false, true, false, false]);
});
