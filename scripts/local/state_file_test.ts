import { assertEquals } from "@std/assert";
import { openState } from "./state_file.ts";

const empty = () => ({ count: 0 });

Deno.test("A state is there again after a flush, and soon after a change without one", async () => {
  const path = `${Deno.makeTempDirSync()}/state.json`;
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

Deno.test("A flush without a change writes nothing", () => {
  const path = `${Deno.makeTempDirSync()}/state.json`;
  const file = openState(path, empty);
  Deno.writeTextFileSync(path, `{"count":9}`);
  file.flush();
  assertEquals(openState(path, empty).state, { count: 9 });
});
