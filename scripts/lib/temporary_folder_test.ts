import { assert, assertEquals } from "@std/assert";
import { exists } from "./files.ts";
import { LOCAL } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";
import { createProcesses } from "./processes.ts";
import { openTemporaryFolder } from "./temporary_folder.ts";

Deno.test("openTemporaryFolder removes what a killed command left, and releases its own folder and processes", async () => {
  // Above the highest possible pid.
  const killed = `${LOCAL}/temporary/${2 ** 22 + 7}`;
  Deno.mkdirSync(killed, { recursive: true });
  const left = createProcesses(`${killed}/processes.json`).start("sleep", { args: ["60"], env: {}, onLine() {} });

  const resources = new AsyncDisposableStack();
  const { folder, processes } = await openTemporaryFolder(resources);
  await left.exited;
  assert(!exists(killed));
  const { pid } = processes.start("sleep", { args: ["60"], env: {}, onLine() {} });
  await resources.disposeAsync();
  assertEquals(processIdentity(pid), undefined);
  assert(!exists(folder));
});
