/** The workflows run only what was reviewed: a tag may be moved to other code, a commit may not. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../lib/paths.ts";
import { read } from "./source_files.ts";

const FOLDER = ".github/workflows";
const workflows = [...Deno.readDirSync(`${ROOT}/${FOLDER}`)].map(({ name }) => ({
  name,
  text: read(`${FOLDER}/${name}`),
}));

Deno.test("Every action of another repository is pinned to a commit, the same one everywhere, with its version", () => {
  const pins = new Map<string, string>();
  for (const { name, text } of workflows) {
    for (const [, action = "", version = ""] of text.matchAll(/uses:\s*(?!\.\/)([^\s@]+)@?(.*)$/gm)) {
      assertMatch(version, /^[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${action} in ${name}`);
      assertEquals(pins.get(action) ?? version, version, action);
      pins.set(action, version);
    }
  }
  assert(pins.size > 0);
});

Deno.test("Every workflow has read access only, and leaves no token in the checkout", () => {
  for (const { name, text } of workflows) {
    assertMatch(text, /^permissions:\n {2}contents: read$/m, name);
    assertEquals(text.match(/actions\/checkout@/g)?.length, text.match(/persist-credentials: false/g)?.length, name);
  }
});
