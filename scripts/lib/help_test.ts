import { assertEquals, assertMatch } from "@std/assert";
import { helpOf } from "./help.ts";
import { ROOT } from "./paths.ts";

const commands = [...Deno.readDirSync(`${ROOT}/scripts`)]
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".ts") && !name.endsWith("_test.ts"));

Deno.test("every command has a help that begins with how it is called", () => {
  for (const name of commands) {
    const help = helpOf(Deno.readTextFileSync(`${ROOT}/scripts/${name}`));
    const command = name.replace(".ts", "").replace("_", ":");
    assertMatch(help, new RegExp(`^npm (run )?(-s )?${command}\\b`));
  }
});

Deno.test("helpOf gives the comment at the head without its frame, and nothing of another one", () => {
  assertEquals(helpOf("/**\n * `npm run a`: does b,\n * and c.\n */\n/** Other. */"), "npm run a: does b,\nand c.");
  assertEquals(helpOf("/** `npm run a`: does b. */\nimport x;"), "npm run a: does b.");
  assertEquals(helpOf("import x;\n/** Other. */"), "");
});
