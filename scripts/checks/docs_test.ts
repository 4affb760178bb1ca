/** The documents stay readable in a terminal and in a diff. */
import { assertEquals } from "@std/assert";
import { read, sourceFiles } from "./source_files.ts";

const MAX_LINE = 200;
const MAX_CELL = 120;

/** Lines and table cells that are too long, as `file:line: …`. */
function tooLong(path: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) => {
    const cells = /^\s*\|/.test(line) ? line.split(/(?<!\\)\|/).map((cell) => cell.trim().length) : [];
    const place = `${path}:${index + 1}`;
    return [
      ...line.length > MAX_LINE ? [`${place}: line of ${line.length} characters`] : [],
      ...cells.filter((length) => length > MAX_CELL).map((length) => `${place}: table cell of ${length} characters`),
    ];
  });
}

Deno.test("No document has a line over 200 characters or a table cell over 120", () => {
  assertEquals([...sourceFiles("", ".md")].flatMap((path) => tooLong(path, read(path))), []);
});

Deno.test("tooLong reports a long line and a long cell, and counts no padding", () => {
  assertEquals(tooLong("a.md", "x".repeat(201)), ["a.md:1: line of 201 characters"]);
  assertEquals(tooLong("a.md", `ok\n| a | ${"b".repeat(121)} |`), ["a.md:2: table cell of 121 characters"]);
  assertEquals(tooLong("a.md", `| a | b${" ".repeat(150)} |`), []);
});
