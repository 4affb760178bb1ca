/**
 * The functions' imports where only `supabase/` exists: no node_modules, no package.json of this repository, no flag. So
 * the platform and `supabase functions serve` get the sources. The edge runtime finds deno.json from the entrypoint and
 * follows its `nodeModulesDir`: `WorkspaceDirectory::discover` in deno/lib.rs of github.com/supabase/edge-runtime.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { listen } from "../lib/listen.ts";
import { edgeDeno } from "../lib/programs.ts";
import { read, root, sourceFiles } from "./source_files.ts";

const FUNCTIONS = "supabase/functions";
const entrypoints = [...sourceFiles(FUNCTIONS, "index.ts")];

/** A registry without a package, which records the names that it is asked for. */
function serveEmptyRegistry() {
  const asked = new Set<string>();
  const server = listen(0, (request) => {
    asked.add(decodeURIComponent(new URL(request.url).pathname.slice(1)));
    return Response.json({ error: "Not found" }, { status: 404 });
  });
  return { url: server.url, asked, [Symbol.asyncDispose]: () => server.close() };
}

/** The platform's Deno in a copy of `supabase/`. */
function copyProject(registry: string) {
  const folder = Deno.makeTempDirSync();
  for (const path of sourceFiles("supabase", "")) {
    const target = `${folder}/${path}`;
    Deno.mkdirSync(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    Deno.copyFileSync(root + path, target);
  }
  const env = {
    HOME: folder,
    DENO_DIR: `${folder}/cache`,
    NPM_CONFIG_REGISTRY: registry,
    DENO_NO_UPDATE_CHECK: "1",
    NO_COLOR: "1",
  };
  return {
    async deno(...args: string[]) {
      const command = new Deno.Command(edgeDeno(), { args, cwd: folder, clearEnv: true, env });
      const { stdout, stderr } = await command.output();
      return { stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

interface Graph {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: { specifier: string; code?: { specifier?: string; error?: string } }[];
  }[];
}

Deno.test("Without node_modules the functions' imports fail only where the registry has no package", async () => {
  await using registry = serveEmptyRegistry();
  using project = copyProject(registry.url);
  const wanted = new Set<string>();
  assert(entrypoints.length > 5);

  for (const entrypoint of entrypoints) {
    const { stdout } = await project.deno("info", "--json", `--config=${FUNCTIONS}/deno.json`, entrypoint);
    const { modules } = JSON.parse(stdout) as Graph;
    assert(modules.length > 10, entrypoint);
    for (const { specifier, error, dependencies = [] } of modules) {
      const [, name] = specifier.match(/^npm:\/?((?:@[^/]+\/)?[^@/]+)/) ?? [];
      if (name !== undefined) wanted.add(name);
      else assertEquals(error, undefined, specifier);
      for (const { specifier, code } of dependencies) assertEquals(code?.error, undefined, specifier);
    }

    // No flag: deno.json is found from the entrypoint, as on the platform.
    const { stderr } = await project.deno("run", "--no-check", entrypoint);
    assertMatch(stderr, /^error: npm package '[^']+' does not exist/m, entrypoint);
  }
  assertEquals([...registry.asked].sort(), [...wanted].sort());
});

Deno.test("deno.json sends npm packages to the cache, whatever node_modules lie around it", () => {
  // The scripts and the tests pass --node-modules-dir=manual, to run on what npm installed.
  assertEquals(JSON.parse(read(`${FUNCTIONS}/deno.json`)).nodeModulesDir, "none");
});
