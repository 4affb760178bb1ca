/**
 * Each folder of `packages/` stands alone: it imports only itself and what its package.json declares. The client has
 * none, because its package for npm is made of its deno.json: it imports nothing.
 */
import { assertEquals } from "@std/assert";
import { readIfExists } from "../lib/files.ts";
import { ROOT } from "../lib/paths.ts";
import { read, sourceFiles } from "./source_files.ts";

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const json = (path: string) => JSON.parse(read(path));
const dependencies = ({ dependencies, devDependencies }: Manifest) => ({ ...dependencies, ...devDependencies });
const manifestOf = (folder: string): Manifest => JSON.parse(readIfExists(`${ROOT}/${folder}/package.json`) ?? "{}");
const packages = [...Deno.readDirSync(`${ROOT}/packages`)].map(({ name }) => `packages/${name}`);

/** The imports of a file that its package does not allow. */
export function foreignImports(path: string, source: string, manifest: Manifest): string[] {
  const [folder = ""] = path.match(/^packages\/[^/]+\//) ?? [];
  const declared = Object.keys(dependencies(manifest));
  return [...source.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier]) => specifier!)
    .filter((specifier) =>
      specifier.startsWith(".")
        ? !new URL(specifier, `file:///${path}`).pathname.startsWith(`/${folder}`)
        : !specifier.startsWith("node:") &&
          !declared.some((name) => specifier === name || specifier.startsWith(`${name}/`))
    );
}

for (const folder of packages) {
  Deno.test(`${folder} imports only itself and its declared dependencies`, () => {
    const manifest = manifestOf(folder);
    const foreign = [...sourceFiles(folder, ".ts")].flatMap((path) =>
      foreignImports(path, read(path), manifest).map((specifier) => `${path} imports ${specifier}`)
    );
    assertEquals(foreign, []);
  });

  Deno.test(`${folder} has the dependency versions and the Deno configuration of the repository`, () => {
    const root = dependencies(json("package.json"));
    const own = dependencies(manifestOf(folder));
    assertEquals(own, Object.fromEntries(Object.keys(own).map((name) => [name, root[name]])));

    const { compilerOptions, fmt, lint, lock, nodeModulesDir } = json("deno.json");
    const {
      name: _name,
      version: _version,
      license: _license,
      exports: _exports,
      publish: _publish,
      ...configuration
    } = json(`${folder}/deno.json`);
    assertEquals(configuration, {
      lock,
      nodeModulesDir,
      compilerOptions,
      fmt: { lineWidth: fmt.lineWidth },
      lint: { rules: lint.rules },
    });
  });
}

Deno.test("the check of the packages finds an import of the repository and an undeclared dependency", () => {
  const source = `import a from "./a.ts"; import b from "../../b/mod.ts"; import c from "hono/x"; import d from "zod";`;
  const manifest = { dependencies: { hono: "1.0.0" } };
  assertEquals(foreignImports("packages/a/core/x.ts", source, manifest), ["../../b/mod.ts", "zod"]);
});
