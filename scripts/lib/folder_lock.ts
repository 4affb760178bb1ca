/** At most one stack per folder: its launcher is recorded in a file, which is valid while that process runs. */
import { Failure } from "./failure.ts";
import { readIfExists, remove, replaceFile } from "./files.ts";
import { dataFolder } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";

const fileOf = (port: number) => `${dataFolder(port)}/launcher.json`;

/** The pid of the launcher that holds a stack's folder. */
export function folderHolder(port: number): number | undefined {
  const { pid, identity } = JSON.parse(readIfExists(fileOf(port)) ?? "{}");
  return pid !== undefined && processIdentity(pid) === identity ? pid : undefined;
}

/**
 * Locks a stack's folder.
 *
 * @returns Releases the lock.
 * @throws Failure when a stack runs in it
 */
export function lockFolder(port: number): () => void {
  const holder = folderHolder(port);
  if (holder !== undefined) {
    throw new Failure(
      `The stack on port ${port} is already running (pid ${holder}): stop it with Ctrl-C in its terminal, ` +
        `or start another with "npm start -- --port ${port + 100}"`,
    );
  }
  Deno.mkdirSync(dataFolder(port), { recursive: true });
  replaceFile(fileOf(port), JSON.stringify({ pid: Deno.pid, identity: processIdentity(Deno.pid) }));
  return () => remove(fileOf(port));
}
