import { assertEquals, assertStringIncludes } from "@std/assert";
import { createProgress, formatCounts, type Labels } from "./show_counts.ts";

const LABELS: Labels = {
  customer: "customers",
  product: "products",
  "entitlements.active_entitlement_summary": "entitlements",
};

function record(isTerminal: boolean) {
  const written: string[] = [];
  const progress = createProgress({ write: (text) => void written.push(text), isTerminal, labels: LABELS });
  return { written, progress };
}

Deno.test("Progress without a terminal writes one plain line per change", () => {
  const { written, progress } = record(false);
  progress.show({});
  progress.show({ customer: 1 });
  progress.show({ customer: 1 });
  progress.show({ customer: 1200, product: 3 });
  progress.writeLine("Done");
  assertEquals(written, ["customers: 1\n", "customers: 1200, products: 3\n", "Done\n"]);
});

Deno.test("Progress on a terminal redraws its lines in place, but never over other text", () => {
  const { written, progress } = record(true);
  progress.show({ customer: 1200 });
  progress.show({ product: 1, customer: 1300 });
  progress.show({ product: 2, customer: 1300 });
  progress.writeLine("Waiting");
  progress.show({ customer: 1400 });
  assertStringIncludes(written[0]!, "customers            1,200\n");
  const cursor = written.map((text) => text.startsWith("\x1b[1A") ? 1 : text.startsWith("\x1b[2A") ? 2 : 0);
  assertEquals(cursor, [0, 1, 2, 0, 0]);
});

Deno.test("Progress shows what remains beside the counts, and no longer when it is not known", () => {
  const plain = record(false);
  plain.progress.show({ customer: 1 }, "about 3 hours left");
  plain.progress.show({ customer: 2 });
  assertEquals(plain.written, ["customers: 1 (about 3 hours left)\n", "customers: 2\n"]);
  const { written, progress } = record(true);
  progress.show({ customer: 1 }, "about 3 hours left");
  progress.show({ customer: 2 });
  progress.show({ customer: 3 });
  assertStringIncludes(written[0]!, "about 3 hours left\n");
  assertEquals(written.slice(1).map((text) => text.slice(0, 7)), ["\x1b[2A\x1b[J", "\x1b[1A\x1b[J"]);
});

Deno.test("Counts are shown in the order of the labels, and a kind without a label by its name", () => {
  const counts = { dispute: 4, product: 2, customer: 1, "entitlements.active_entitlement_summary": 3 };
  assertEquals(formatCounts(counts, LABELS), "customers: 1, products: 2, entitlements: 3, dispute: 4");
  assertEquals(formatCounts({ product: 2, customer: 1 }), "product: 2, customer: 1");
});

Deno.test("A terminal line of a long kind keeps its label and count apart", () => {
  const { written, progress } = record(true);
  progress.show({ "billing_portal.configuration": 1 });
  assertStringIncludes(written[0]!, "billing_portal.configuration             1\n");
});
