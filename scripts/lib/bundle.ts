/** Bundles functions, as they are deployed, by `deno bundle`. */
import { resolve } from "node:path";
import { bundlerEnvironment } from "./esbuild.ts";
import { Failure } from "./failure.ts";
import { FUNCTIONS_CONFIG } from "./functions.ts";
import { ROOT } from "./paths.ts";

interface BundleOptions {
  /** The path of a deno.json. */
  readonly config?: string;
  readonly sourcemap?: "external";
}

/**
 * What Deno replaces in esbuild's output to load modules of CommonJS as Node does: `replace_require_shim` and
 * `force_node_cjs_interop` in cli/tools/bundle/mod.rs. It does not find them when the minifier has named something `$`.
 */
const NO_REQUIRE = 'Dynamic require of "';
const REQUIRE =
  'import{createRequire as __createRequire}from"node:module";var require=__createRequire(import.meta.url);';
const NO_INTEROP = /[\w$]+\|\|!([\w$]+)\|\|!\1\.__esModule\?/g;

/** Bundles each entry into one file. @throws Failure with the bundler's output */
export async function bundle(
  entries: readonly string[],
  outdir: string,
  { config = FUNCTIONS_CONFIG, sourcemap }: BundleOptions = {},
): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      `--config=${config}`,
      "--node-modules-dir=manual",
      "--minify",
      ...sourcemap ? [`--sourcemap=${sourcemap}`] : [],
      `--outdir=${outdir}`,
      ...entries,
    ],
    cwd: ROOT,
    env: { ...bundlerEnvironment(), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return loadAsNode(resolve(ROOT, outdir));
  const output = new TextDecoder().decode(new Uint8Array([...stdout, ...stderr])).trim();
  const next = output.includes("@esbuild")
    ? "\nDeno downloads esbuild once. Allow access to the npm registry and run the command again"
    : "";
  throw new Failure(`"deno bundle" failed: ${output}${next}`);
}

/** Replaces in each bundle what Deno has left. */
function loadAsNode(folder: string): void {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) loadAsNode(path);
    if (!name.endsWith(".js")) continue;
    const written = Deno.readTextFileSync(path);
    const code = written.replace(NO_INTEROP, "1?");
    Deno.writeTextFileSync(path, code.includes(NO_REQUIRE) ? REQUIRE + code : code);
  }
}
