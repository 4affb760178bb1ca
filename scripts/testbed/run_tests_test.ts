import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { createProcesses } from "../lib/processes.ts";
import { runTests } from "./run_tests.ts";
import type { Job } from "./test_jobs.ts";
import type { Testbed } from "./testbed.ts";

/** Runs files with these texts as one job. */
async function runFiles(texts: Readonly<Record<string, string>>, { oneModule = false } = {}) {
  const folder = await Deno.makeTempDir();
  try {
    const files = Object.keys(texts).map((name) => `${folder}/${name}_test.ts`);
    for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(`${folder}/${name}_test.ts`, text);
    const job: Job = { name: folder, runtime: "scripts", files, oneModule };
    const testbed = { processes: createProcesses(), url: "http://127.0.0.1:1" } as Testbed;
    let written = "";
    const write = (text: string) => void (written += `${text}\n`);
    await using resources = new AsyncDisposableStack();
    const options = {
      testbed,
      workers: 2,
      size: "small" as const,
      env: () => ({ PROOF_USERS: "7" }),
      write,
      resources,
    };
    return { results: await runTests({ queue: [job], alone: [] }, options), written: () => written };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PASSES = `Deno.test("Passes", () => {});`;

Deno.test("runTests counts passed and failed tests, repeats the failures, and passes the proof sizes on", async () => {
  const { results: [result], written } = await runFiles({
    passes: PASSES,
    fails: `Deno.test("Fails", () => { throw new Error("size " + Deno.env.get("PROOF_USERS")); });`,
  });
  assertEquals([result?.passed, result?.failed], [1, 1]);
  assertStringIncludes(written(), "size 7");
  assertEquals(result?.failures[1], "error: Error: size 7");
});

Deno.test("runTests of files as one module counts the tests of all, and none is hidden by a file that cannot be loaded", async () => {
  const { results: [result] } = await runFiles({ one: PASSES, other: PASSES }, { oneModule: true });
  assertEquals([result?.passed, result?.failed], [2, 0]);
  const broken = { one: PASSES, other: `throw new Error("On load");` };
  const { results: [partly] } = await runFiles(broken, { oneModule: true });
  assertEquals(partly?.passed, 1);
  assert(partly!.failed > 0);
});

Deno.test("runTests runs the other files of a job after one of them crashed the process", async () => {
  const { results: [result] } = await runFiles({
    crashes: `Deno.test("Crashes", () => { Deno.kill(Deno.pid, "SIGKILL"); });`,
    passes: PASSES,
  });
  assertEquals(result?.passed, 1);
  assert(result!.failed > 0);
});

Deno.test("runTests prints the jobs that have not ended when the run is stopped", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/endless_test.ts`;
  await Deno.writeTextFile(file, `Deno.test("Endless", () => new Promise(() => setInterval(() => {}, 1_000)));`);
  const processes = createProcesses();
  const resources = new AsyncDisposableStack();
  const started = Promise.withResolvers<void>();
  const job: Job = { name: "endless", runtime: "scripts", files: [file] };
  let written = "";
  const running = runTests({ queue: [job, { ...job, name: "waiting" }], alone: [] }, {
    testbed: { processes: { ...processes, start: observed }, url: "http://127.0.0.1:1" } as Testbed,
    workers: 1,
    size: "small",
    env: () => ({}),
    write: (text) => void (written += text),
    resources,
  });
  function observed(...[command, options]: Parameters<typeof processes.start>) {
    const onLine: typeof options.onLine = (line, from) => {
      options.onLine(line, from);
      if (line.startsWith("running 1 test")) started.resolve();
    };
    return processes.start(command, { ...options, onLine });
  }
  await started.promise;
  await resources.disposeAsync();
  assertStringIncludes(written, "running 1 test");
  assertStringIncludes(written, "STOPPED  endless");
  assert(!written.includes("waiting"));
  await processes.stop();
  await assertRejects(() => running, Error, "being stopped");
  await Deno.remove(folder, { recursive: true });
});
