import { assertEquals } from "@std/assert";
import { lockFolder } from "./folder_lock.ts";
import { remove } from "./files.ts";
import { dataFolder } from "./paths.ts";
import { announce, findStack, retract, type StackFile } from "./stack_file.ts";

const ONE = 1_024;
const TWO = 1_028;

Deno.test("Two running stacks have a stack.json each, and the shared file stays that of the first", () => {
  const others = findStack();
  const file = (url: string) => ({ url }) as StackFile;
  try {
    for (const port of [ONE, TWO]) {
      lockFolder(port);
      announce(port, file(`http://${port}`));
    }
    assertEquals(findStack(ONE)?.url, `http://${ONE}`);
    assertEquals(findStack(TWO)?.url, `http://${TWO}`);
    assertEquals(findStack()?.url, others?.url ?? `http://${ONE}`);

    retract(ONE);
    assertEquals(findStack(ONE), undefined);
    assertEquals(findStack(), others);
  } finally {
    for (const port of [ONE, TWO]) {
      retract(port);
      remove(dataFolder(port));
    }
  }
});
