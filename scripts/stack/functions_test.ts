import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { BootError, createFunctions } from "./functions.ts";
import { createProcesses } from "../lib/processes.ts";

const answering = (text: string) => `export default { fetch: () => new Response(${JSON.stringify(text)}) };`;

/** Functions in a temporary folder; `write` adds one. */
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

/** Polls until a condition holds: the watcher needs a moment. */
async function eventually(holds: () => Promise<boolean>) {
  while (!await holds()) await new Promise((resume) => setTimeout(resume, 50));
}

Deno.test("A function starts with its first call and serves the next from the same process", async () => {
  await using fixture = await prepare(false);
  await fixture.write("hello", answering("hello"));
  assertEquals(fixture.functions.pid("hello"), undefined);
  const answers = await Promise.all([fixture.call("hello"), fixture.call("hello")]);
  const pid = fixture.functions.pid("hello");
  assertEquals([...answers, await fixture.call("hello")], ["hello", "hello", "hello"]);
  assertEquals(fixture.functions.pid("hello"), pid);
});

Deno.test("address is undefined for a shared folder, a path and an unknown name", async () => {
  await using fixture = await prepare(false);
  await fixture.write("_shared", answering("shared"));
  for (const name of ["_shared", "..", "unknown", ""]) assertEquals(await fixture.functions.address(name), undefined);
});

Deno.test("A function runs on the platform's Deno, with the given environment only", async () => {
  Deno.env.set("NOT_GIVEN", "to any process");
  await using fixture = await prepare(false);
  await fixture.write(
    "env",
    "export default { fetch: () => Response.json([Deno.version.deno, Deno.env.toObject()]) };",
  );
  const [version, env] = JSON.parse(await fixture.call("env"));
  assertEquals(version, "2.1.4");
  assertEquals(Object.keys(env).sort(), ["DENO_DIR", "DENO_NO_UPDATE_CHECK", "GIVEN", "HOME", "NO_COLOR", "PATH"]);
});

Deno.test("A function starts again with the next call after it was killed", async () => {
  await using fixture = await prepare(false);
  await fixture.write("hello", answering("hello"));
  await fixture.call("hello");
  const pid = fixture.functions.pid("hello");
  await fixture.functions.kill("hello", "SIGKILL");
  assertEquals(fixture.functions.pid("hello"), undefined);
  assertEquals(await fixture.call("hello"), "hello");
  assertNotEquals(fixture.functions.pid("hello"), pid);
});

Deno.test("A function that does not start throws a BootError, and its error is in the log", async () => {
  await using fixture = await prepare(false);
  await fixture.write("broken", "throw new Error('No luck');");
  await assertRejects(() => fixture.functions.address("broken"), BootError, `Function "broken" does not start`);
  assertStringIncludes(fixture.log.join("\n"), "No luck");
});

Deno.test("A watched function restarts when its file changes, and after a syntax error once it is corrected", async () => {
  await using fixture = await prepare(true);
  await fixture.write("hello", answering("one"));
  assertEquals(await fixture.call("hello"), "one");
  await fixture.write("hello", answering("two"));
  await eventually(async () => await fixture.call("hello").catch(() => "") === "two");

  await fixture.write("hello", "this is no TypeScript");
  await eventually(() => fixture.functions.address("hello").then(() => false, (error) => error instanceof BootError));
  await fixture.write("hello", answering("three"));
  await eventually(async () => await fixture.call("hello").catch(() => "") === "three");
});

Deno.test("A watched function that crashed starts again with the next call, without a change", async () => {
  await using fixture = await prepare(true);
  const crash = "setTimeout(() => { throw new Error('Crashed'); })";
  await fixture.write(
    "fragile",
    `export default { fetch: (request) => { if (request.url.endsWith("/crash")) ${crash}; return new Response("up"); } };`,
  );
  assertEquals(await fixture.call("fragile"), "up");
  const pid = fixture.functions.pid("fragile");
  await fixture.call("fragile", "/crash").catch(() => "");
  await eventually(() => Promise.resolve(fixture.functions.pid("fragile") !== pid));
  assertEquals(await fixture.call("fragile"), "up");
  assert(fixture.log.some((line) => line.includes("Crashed")));
});
