import { bundlerEnvironment } from "../deploy/esbuild.ts";
import { Failure } from "../local/failure.ts";
import { ROOT } from "../local/paths.ts";

/** Bundles the plain functions exactly as ours are. @returns The path of each one's bundle. */
export async function bundlePlain(names: readonly string[], outdir: string): Promise<(name: string) => string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--config=supabase/functions/deno.json",
      "--node-modules-dir=manual",
      "--minify",
      `--outdir=${outdir}`,
      ...names.map((name) => `scripts/bench/plain/${name}/index.ts`),
    ],
    cwd: ROOT,
    env: { ...bundlerEnvironment(), DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (!success) throw new Failure(`"deno bundle" failed: ${new TextDecoder().decode(stderr).trim()}`);
  return (name) => `${outdir}/${name}/index.js`;
}
