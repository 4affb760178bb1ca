/** `deno bundle` runs esbuild, which Deno downloads unless it is in Deno's cache. */
import { exists } from "./files.ts";
import { LOCAL, ROOT } from "./paths.ts";

/** The version that `deno bundle` of the installed Deno requires. */
const VERSION = "0.25.5";

/**
 * Copies npm's esbuild into Deno's cache, so that bundling needs no network.
 *
 * @returns The environment for `deno bundle`; empty (Deno's own cache, and a download) when npm has no such esbuild.
 */
export function bundlerEnvironment(
  modules = `${ROOT}/node_modules`,
  denoDir = `${LOCAL}/deno`,
): Record<string, string> {
  const os = Deno.build.os === "windows" ? "win32" : Deno.build.os;
  const platform = `${os}-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;
  const packaged = `${modules}/@esbuild/${platform}`;
  const exe = os === "win32" ? ".exe" : "";
  const binary = `${packaged}/${os === "win32" ? "esbuild.exe" : "bin/esbuild"}`;
  if (!exists(binary) || JSON.parse(Deno.readTextFileSync(`${packaged}/package.json`)).version !== VERSION) return {};

  const folder = `${denoDir}/dl/esbuild-${VERSION}-1`;
  const target = `${folder}/esbuild-${platform}${exe}`;
  if (!exists(target)) {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.copyFileSync(binary, target);
  }
  return { DENO_DIR: denoDir };
}
