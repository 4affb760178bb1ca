import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exists } from "./lib/files.ts";
import { ROOT } from "./lib/paths.ts";

/** A repository with this run.mjs, a script that prints "hello", and an npm that records its arguments. */
async function prepare({ installed, npmCode = 0 }: { installed?: string; npmCode?: number }) {
  const folder = await Deno.makeTempDir();
  for (const part of ["scripts", "bin", "node_modules/deno"]) {
    await Deno.mkdir(`${folder}/${part}`, { recursive: true });
  }
  await Deno.copyFile(`${ROOT}/scripts/run.mjs`, `${folder}/scripts/run.mjs`);
  await Deno.writeTextFile(`${folder}/scripts/hello.ts`, `console.log("hello", ...Deno.args); Deno.exit(3);`);
  await Deno.symlink(Deno.execPath(), `${folder}/node_modules/deno/deno`);
  const lock = (version: string) =>
    JSON.stringify({
      packages: {
        "": {},
        "node_modules/tool": { version },
        "node_modules/tool-for-another-system": { version, optional: true },
      },
    });
  await Deno.writeTextFile(`${folder}/package-lock.json`, lock("2.0.0"));
  if (installed !== undefined) {
    const copy = JSON.parse(lock(installed));
    delete copy.packages["node_modules/tool-for-another-system"];
    await Deno.writeTextFile(`${folder}/node_modules/.package-lock.json`, JSON.stringify(copy));
  }
  await Deno.writeTextFile(`${folder}/bin/npm`, `#!/bin/sh\necho "$@" > ${folder}/npm-called\nexit ${npmCode}\n`, {
    mode: 0o755,
  });
  return {
    async run(...args: string[]) {
      const { code, stdout, stderr } = await new Deno.Command("node", {
        args: ["scripts/run.mjs", ...args],
        cwd: folder,
        env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, npm_execpath: "" },
      }).output();
      const text = new TextDecoder();
      return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
    },
    npmCalled: () => exists(`${folder}/npm-called`) ? Deno.readTextFileSync(`${folder}/npm-called`) : undefined,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("run.mjs passes arguments and exit code, and does not call npm when everything is installed", async () => {
  await using repository = await prepare({ installed: "2.0.0" });
  const { code, stdout } = await repository.run("hello", "--port", "1");
  assertEquals([code, stdout], [3, "hello --port 1\n"]);
  assertEquals(repository.npmCalled(), undefined);
});

for (const installed of [undefined, "1.0.0"]) {
  const what = installed === undefined ? "nothing is installed" : "an older version is installed";
  Deno.test(`run.mjs calls npm ci first when ${what}, and prints nothing of it to standard output`, async () => {
    await using repository = await prepare({ ...(installed === undefined ? {} : { installed }) });
    const { stdout, stderr } = await repository.run("hello");
    assertEquals(stdout, "hello\n");
    assertStringIncludes(stderr, "Installing packages");
    assert(repository.npmCalled()?.startsWith("ci "));
  });
}

Deno.test("run.mjs exits with 1 and a hint when npm ci fails", async () => {
  await using repository = await prepare({ npmCode: 7 });
  const { code, stdout, stderr } = await repository.run("hello");
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, `"npm ci" failed`);
});

Deno.test("run.mjs exits with 1 and names an unknown command", async () => {
  await using repository = await prepare({ installed: "2.0.0" });
  const { code, stderr } = await repository.run("helo");
  assertEquals(code, 1);
  assertStringIncludes(stderr, `There is no command "helo"`);
});
