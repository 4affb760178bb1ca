import { assertEquals } from "@std/assert";
import { openState } from "./state_file.ts";

const empty = () => ({ count: 0 });

/** A path in a temporary folder. */
function temporary() {
  const folder = Deno.makeTempDirSync();
  return { path: `${folder}/state.json`, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("openState reads a state back after a flush, and soon after a change", async () => {
  using folder = temporary();
  const { path } = folder;
  const first = openState(path, empty);
  assertEquals(openState(path, empty).state, { count: 0 });
  first.state.count = 1;
  first.changed();
  first.flush();
  assertEquals(openState(path, empty).state, { count: 1 });

  first.state.count = 2;
  first.changed();
  while (openState(path, empty).state.count !== 2) await new Promise((resume) => setTimeout(resume, 10));
});

Deno.test("flush writes nothing without a change", () => {
  using folder = temporary();
  const { path } = folder;
  const file = openState(path, empty);
  Deno.writeTextFileSync(path, `{"count":9}`);
  file.flush();
  assertEquals(openState(path, empty).state, { count: 9 });
});
