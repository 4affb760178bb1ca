import { assert, assertEquals } from "@std/assert";
import { exists } from "./files.ts";
import { processIdentity } from "./process_identity.ts";
import { createProcesses } from "./processes.ts";
import { openTemporaryFolder } from "./temporary_folder.ts";

for (const inMemory of [false, true]) {
  Deno.test(`openTemporaryFolder ${inMemory ? "in memory" : "on disk"} removes what a killed command left, and releases its own folder and processes`, async () => {
    const resources = new AsyncDisposableStack();
    const { folder, processes } = await openTemporaryFolder(resources, { inMemory });
    const { pid } = processes.start("sleep", { args: ["60"], env: {}, onLine() {} });
    await resources.disposeAsync();
    assertEquals(processIdentity(pid), undefined);
    assert(!exists(folder));

    // Above the highest possible pid.
    const killed = folder.replace(/\d+$/, String(2 ** 22 + 7));
    Deno.mkdirSync(killed, { recursive: true });
    const left = createProcesses(`${killed}/processes.json`).start("sleep", { args: ["60"], env: {}, onLine() {} });
    await using next = new AsyncDisposableStack();
    await openTemporaryFolder(next);
    await left.exited;
    assert(!exists(killed));
  });
}
