import { assert, assertEquals, assertThrows } from "@std/assert";
import { exists } from "./files.ts";
import { processIdentity } from "./process_identity.ts";
import { createProcesses, endLeftovers } from "./processes.ts";

const sleep = { args: ["60"], env: {}, onLine() {} };

/** A record in a temporary folder. */
function temporary() {
  const folder = Deno.makeTempDirSync();
  return { record: `${folder}/processes.json`, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

Deno.test("Processes are recorded while they run, and stopped processes are not", async () => {
  using folder = temporary();
  const { record } = folder;
  const processes = createProcesses(record);
  const { pid } = processes.start("sleep", sleep);
  assertEquals(JSON.parse(Deno.readTextFileSync(record))[0].pid, pid);
  await processes.stop();
  assertEquals(processIdentity(pid), undefined);
  assert(!exists(record));
  assertThrows(() => processes.start("sleep", sleep), Error, "processes are being stopped");
});

Deno.test("The output of a process arrives line by line, and exited settles after the last line", async () => {
  const processes = createProcesses();
  const written: string[] = [];
  const { exited } = processes.start("sh", {
    args: ["-c", "printf 'one\\ntw'; printf 'o\\nlast'; exit 3"],
    env: {},
    onLine: (line) => void written.push(line),
  });
  assertEquals((await exited).code, 3);
  assertEquals(written, ["one", "two", "last"]);
});

Deno.test("A process that does not end within its limit is stopped, and its stderr says so", async () => {
  const { success, timedOut, stderr } = await createProcesses().run("sleep", { args: ["60"], env: {}, timeLimit: 100 });
  assertEquals([success, timedOut], [false, true]);
  assertEquals(stderr, '"sleep" did not end within 0.1 s and is stopped\n');
});

Deno.test("A process has exited although another one that it left behind keeps its output open", async () => {
  const { stdout, success } = await createProcesses().run("sh", { args: ["-c", "sleep 60 & echo $!"], env: {} });
  Deno.kill(Number(stdout), "SIGKILL");
  assert(success);
});

Deno.test("A process gets the environment that it is given and no other variable", async () => {
  Deno.env.set("NOT_GIVEN", "to any process");
  const { stdout } = await createProcesses().run("env", { args: [], env: { GIVEN: "x" } });
  const names = stdout.trim().split("\n").map((line) => line.split("=")[0]);
  assertEquals(names.sort(), ["GIVEN", "PATH"]);
});

Deno.test("endLeftovers stops recorded processes, and not another process with the same pid", async () => {
  using folder = temporary();
  const { record } = folder;
  const left = createProcesses(record).start("sleep", sleep);
  const others = createProcesses();
  const other = others.start("sleep", sleep);
  const recorded = JSON.parse(Deno.readTextFileSync(record));
  recorded.push({ pid: other.pid, identity: "another start time", stopSignal: "SIGTERM" });
  recorded.push({ pid: 2 ** 22 + 1, identity: "exited", stopSignal: "SIGTERM" });
  Deno.writeTextFileSync(record, JSON.stringify(recorded));

  assertEquals(await endLeftovers(record), 1);
  await left.exited;
  assert(processIdentity(other.pid) !== undefined);
  assert(!exists(record));
  assertEquals(await endLeftovers(record), 0);
  await others.stop();
});
