import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BootError, createFunctions } from "./functions.ts";
import { createProcesses } from "../lib/processes.ts";

const answering = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

/** Functions in a folder of their own; `write` makes one. */
async function prepare(watch: boolean) {
  const folder = await Deno.makeTempDir();
  const processes = createProcesses();
  const log: string[] = [];
  const functions = createFunctions({
    folder,
    denoDir: `${folder}/deno`,
    env: () => ({ GIVEN: "to the function" }),
    watch,
    processes,
    log: (name, line) => void log.push(`${name} | ${line}`),
  });
  return {
    functions,
    log,
    async write(name: string, source: string) {
      await Deno.mkdir(`${folder}/${name}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/${name}/index.ts`, source);
    },
    async call(name: string, path = ""): Promise<string> {
      const address = await functions.address(name);
      return await (await fetch(`${address}/${name}${path}`)).text();
    },
    async [Symbol.asyncDispose]() {
      await processes.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Asks again until it is so: the watcher needs a moment. */
async function eventually(holds: () => Promise<boolean>) {
  while (!await holds()) await new Promise((resume) => setTimeout(resume, 50));
}

Deno.test("A function starts with its first call and serves the next from the same process", async () => {
  await using bench = await prepare(false);
  await bench.write("hello", answering("hello"));
  assertEquals(bench.functions.pid("hello"), undefined);
  const answers = await Promise.all([bench.call("hello"), bench.call("hello")]);
  const pid = bench.functions.pid("hello");
  assertEquals([...answers, await bench.call("hello")], ["hello", "hello", "hello"]);
  assertEquals(bench.functions.pid("hello"), pid);
});

Deno.test("A shared folder, a path and an unknown name are no functions", async () => {
  await using bench = await prepare(false);
  await bench.write("_shared", answering("shared"));
  for (const name of ["_shared", "..", "nobody", ""]) assertEquals(await bench.functions.address(name), undefined);
});

Deno.test("A function runs on the platform's Deno and sees the environment that it is given, no more", async () => {
  Deno.env.set("NOT_GIVEN", "to anybody");
  await using bench = await prepare(false);
  await bench.write("env", "export default { fetch: () => Response.json([Deno.version.deno, Deno.env.toObject()]) };");
  const [version, env] = JSON.parse(await bench.call("env"));
  assertEquals(version, "2.1.4");
  assertEquals(Object.keys(env).sort(), ["DENO_DIR", "DENO_NO_UPDATE_CHECK", "GIVEN", "HOME", "NO_COLOR", "PATH"]);
});

Deno.test("A function that was killed is started again by the next call", async () => {
  await using bench = await prepare(false);
  await bench.write("hello", answering("hello"));
  await bench.call("hello");
  const pid = bench.functions.pid("hello");
  await bench.functions.kill("hello", "SIGKILL");
  assertEquals(bench.functions.pid("hello"), undefined);
  assertEquals(await bench.call("hello"), "hello");
  assertNotEquals(bench.functions.pid("hello"), pid);
});

Deno.test("A function that doesn't start is a BootError, and its words are in the log", async () => {
  await using bench = await prepare(false);
  await bench.write("broken", "throw new Error('No luck');");
  await assertRejects(() => bench.functions.address("broken"), BootError, `Function "broken" doesn't start`);
  assertStringIncludes(bench.log.join("\n"), "No luck");
});

Deno.test("A watched function starts again when its file changes, and after an error in it when that is mended", async () => {
  await using bench = await prepare(true);
  await bench.write("hello", answering("one"));
  assertEquals(await bench.call("hello"), "one");
  await bench.write("hello", answering("two"));
  await eventually(async () => await bench.call("hello").catch(() => "") === "two");

  await bench.write("hello", "this is no TypeScript");
  await eventually(() => bench.functions.address("hello").then(() => false, (error) => error instanceof BootError));
  await bench.write("hello", answering("three"));
  await eventually(async () => await bench.call("hello").catch(() => "") === "three");
});

Deno.test("A watched function that crashed is started again by the next call, without a change", async () => {
  await using bench = await prepare(true);
  const crash = "setTimeout(() => { throw new Error('Crashed'); })";
  await bench.write(
    "fragile",
    `export default { fetch: (request) => { if (request.url.endsWith("/crash")) ${crash}; return new Response("up"); } };`,
  );
  assertEquals(await bench.call("fragile"), "up");
  const pid = bench.functions.pid("fragile");
  await bench.call("fragile", "/crash").catch(() => "");
  await eventually(() => Promise.resolve(bench.functions.pid("fragile") !== pid));
  assertEquals(await bench.call("fragile"), "up");
  assert(bench.log.some((line) => line.includes("Crashed")));
});
