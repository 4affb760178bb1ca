/** One stack a folder: who started it says so in a file, which counts as long as that process runs. */
import { Failure } from "./failure.ts";
import { readIfExists, remove, replaceFile } from "./files.ts";
import { dataFolder } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";

const fileOf = (port: number) => `${dataFolder(port)}/launcher.json`;

/** The process that holds a stack's folder. */
export function folderHolder(port: number): number | undefined {
  const { pid, identity } = JSON.parse(readIfExists(fileOf(port)) ?? "{}");
  return pid !== undefined && processIdentity(pid) === identity ? pid : undefined;
}

/**
 * Takes a stack's folder.
 *
 * @returns Gives it back.
 * @throws Failure when a stack runs in it
 */
export function lockFolder(port: number): () => void {
  const holder = folderHolder(port);
  if (holder !== undefined) {
    throw new Failure(
      `The stack on port ${port} runs already (pid ${holder}): end it with Ctrl-C where it was started, ` +
        `or start another with "npm start -- --port ${port + 100}"`,
    );
  }
  Deno.mkdirSync(dataFolder(port), { recursive: true });
  replaceFile(fileOf(port), JSON.stringify({ pid: Deno.pid, identity: processIdentity(Deno.pid) }));
  return () => remove(fileOf(port));
}
