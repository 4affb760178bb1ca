/** Bundles functions, as they are deployed, by `deno bundle`. */
import { bundlerEnvironment } from "./esbuild.ts";
import { Failure } from "./failure.ts";
import { FUNCTIONS_CONFIG } from "./functions.ts";
import { ROOT } from "./paths.ts";

interface BundleOptions {
  /** The path of a deno.json. */
  readonly config?: string;
  readonly sourcemap?: "external";
}

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
  if (success) return;
  const output = new TextDecoder().decode(new Uint8Array([...stdout, ...stderr])).trim();
  const next = output.includes("@esbuild")
    ? "\nDeno downloads esbuild once. Allow access to the npm registry and run the command again"
    : "";
  throw new Failure(`"deno bundle" failed: ${output}${next}`);
}
