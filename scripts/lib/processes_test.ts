import { assert, assertEquals, assertThrows } from "@std/assert";
import { exists } from "./files.ts";
import { processIdentity } from "./process_identity.ts";
import { createProcesses, endLeftovers } from "./processes.ts";

const sleep = { args: ["60"], env: {}, onLine() {} };

/** A record in a folder that is gone after the test. */
function temporary() {
  const folder = Deno.makeTempDirSync();
  return { record: `${folder}/processes.json`, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("Processes are on record while they run, and gone when all are stopped", async () => {
  using folder = temporary();
  const { record } = folder;
  const processes = createProcesses(record);
  const { pid } = processes.start("sleep", sleep);
  assertEquals(JSON.parse(Deno.readTextFileSync(record))[0].pid, pid);
  await processes.stop();
  assertEquals(processIdentity(pid), undefined);
  assert(!exists(record));
  assertThrows(() => processes.start("sleep", sleep), Error, "everything is being stopped");
});

Deno.test("What a process writes comes line by line, its end after its last line", async () => {
  const processes = createProcesses();
  const said: string[] = [];
  const { exited } = processes.start("sh", {
    args: ["-c", "printf 'one\\ntw'; printf 'o\\nlast'; exit 3"],
    env: {},
    onLine: (line) => void said.push(line),
  });
  assertEquals((await exited).code, 3);
  assertEquals(said, ["one", "two", "last"]);
});

Deno.test("A process gets the environment that it is given and no more", async () => {
  Deno.env.set("NOT_GIVEN", "to anybody");
  const { stdout } = await createProcesses().run("env", { args: [], env: { GIVEN: "x" } });
  const names = stdout.trim().split("\n").map((line) => line.split("=")[0]);
  assertEquals(names.sort(), ["GIVEN", "PATH"]);
});

Deno.test("Leftovers are ended, a stranger who got the number of one is not", async () => {
  using folder = temporary();
  const { record } = folder;
  const left = createProcesses(record).start("sleep", sleep);
  const strangers = createProcesses();
  const stranger = strangers.start("sleep", sleep);
  const recorded = JSON.parse(Deno.readTextFileSync(record));
  recorded.push({ pid: stranger.pid, identity: "somebody else's", stopSignal: "SIGTERM" });
  recorded.push({ pid: 2 ** 22 + 1, identity: "gone long ago", stopSignal: "SIGTERM" });
  Deno.writeTextFileSync(record, JSON.stringify(recorded));

  assertEquals(await endLeftovers(record), 1);
  await left.exited;
  assert(processIdentity(stranger.pid) !== undefined);
  assert(!exists(record));
  assertEquals(await endLeftovers(record), 0);
  await strangers.stop();
});
