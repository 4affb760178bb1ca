/** Each folder of `packages/` stands alone: it imports only itself and what its package.json declares. */
import { assertEquals } from "@std/assert";
import { ROOT } from "../lib/paths.ts";
import { read, sourceFiles } from "./source_files.ts";

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const json = (path: string) => JSON.parse(read(path));
const dependencies = ({ dependencies, devDependencies }: Manifest) => ({ ...dependencies, ...devDependencies });
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
    const manifest = json(`${folder}/package.json`);
    const foreign = [...sourceFiles(folder, ".ts")].flatMap((path) =>
      foreignImports(path, read(path), manifest).map((specifier) => `${path} imports ${specifier}`)
    );
    assertEquals(foreign, []);
  });

  Deno.test(`${folder} has the dependency versions and the Deno configuration of the repository`, () => {
    const root = dependencies(json("package.json"));
    const own = dependencies(json(`${folder}/package.json`));
    assertEquals(own, Object.fromEntries(Object.keys(own).map((name) => [name, root[name]])));

    const { compilerOptions, fmt, lint, lock, nodeModulesDir } = json("deno.json");
    assertEquals(json(`${folder}/deno.json`), {
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
