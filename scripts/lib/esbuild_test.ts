import { assertEquals } from "@std/assert";
import { bundlerEnvironment } from "./esbuild.ts";

const platform = `${Deno.build.os}-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;

/** A node_modules folder with an esbuild of this version. */
function modulesWith(version: string): string {
  const modules = Deno.makeTempDirSync();
  Deno.mkdirSync(`${modules}/@esbuild/${platform}/bin`, { recursive: true });
  Deno.writeTextFileSync(`${modules}/@esbuild/${platform}/package.json`, JSON.stringify({ version }));
  Deno.writeTextFileSync(`${modules}/@esbuild/${platform}/bin/esbuild`, "binary");
  return modules;
}

Deno.test("bundlerEnvironment with the required esbuild in node_modules copies it into Deno's cache", () => {
  const folder = Deno.makeTempDirSync();
  assertEquals(bundlerEnvironment(modulesWith("0.25.5"), folder), { DENO_DIR: folder });
  assertEquals(Deno.readTextFileSync(`${folder}/dl/esbuild-0.25.5-1/esbuild-${platform}`), "binary");
  assertEquals(
    bundlerEnvironment(modulesWith("0.25.5"), folder),
    { DENO_DIR: folder },
    "A second call changes nothing",
  );
});

Deno.test("bundlerEnvironment with another esbuild or none leaves the download to Deno", () => {
  assertEquals(bundlerEnvironment(modulesWith("0.28.2"), Deno.makeTempDirSync()), {});
  assertEquals(bundlerEnvironment(Deno.makeTempDirSync(), Deno.makeTempDirSync()), {});
});
