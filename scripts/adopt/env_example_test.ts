import { assertEquals } from "@std/assert";
import { addVariables, missingVariables, readVariables } from "./env_example.ts";

const ours = readVariables("# A header.\n\n# First,\n# in two lines.\nONE=\n\n# Second.\nTWO=2\n");

Deno.test("readVariables keeps the comment lines of a variable and leaves out others", () => {
  assertEquals(ours, [
    { name: "ONE", text: "# First,\n# in two lines.\nONE=" },
    { name: "TWO", text: "# Second.\nTWO=2" },
  ]);
});

Deno.test("missingVariables takes a variable that is set, exported or commented out as present", () => {
  for (
    const text of [
      "ONE=x",
      "export ONE=x",
      "# ONE=",
      "#ONE=",
      "  ONE = x",
      "\ufeffONE=x",
      "\ufeff# ONE=",
      "A=1\rexport ONE=x",
    ]
  ) {
    assertEquals(missingVariables(text, ours).map(({ name }) => name), ["TWO"], text);
  }
  assertEquals(missingVariables("# Set ONE to something\nNOT_ONE=1\n", ours).length, 2);
});

Deno.test("addVariables appends to what is there and keeps its bytes and line endings", () => {
  assertEquals(addVariables("A=1", ours.slice(1)), "A=1\n\n# Second.\nTWO=2\n");
  assertEquals(addVariables("A=1\r\n", ours.slice(1)), "A=1\r\n\r\n# Second.\r\nTWO=2\r\n");
  assertEquals(addVariables("", ours), "# First,\n# in two lines.\nONE=\n\n# Second.\nTWO=2\n");
  assertEquals(addVariables("A=1", []), "A=1");
});
