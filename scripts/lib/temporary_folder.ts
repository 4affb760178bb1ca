/** Folders of commands that keep no state, with the processes that run for them. */
import { statfsSync } from "node:fs";
import { exists, remove } from "./files.ts";
import { LOCAL } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";
import { createProcesses, endLeftovers, type Processes } from "./processes.ts";

/** A command's folder has its pid after one of these. */
const ON_DISK = `${LOCAL}/temporary/`;
/** Linux's file system in memory, which all users and all copies of this repository share. */
const IN_MEMORY = `/dev/shm/${Deno.uid()}${ON_DISK.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
/** Bytes of memory that must be free, to use it. */
const MEMORY = 2 * 1024 ** 3;

export interface TemporaryFolder {
  readonly folder: string;
  readonly processes: Processes;
}

/**
 * A new folder and the processes that use it; both are released with `resources`. What a killed command left is stopped
 * and removed first.
 *
 * @param inMemory Whether it is in memory, on a machine that has enough: for databases that live for seconds
 */
export async function openTemporaryFolder(
  resources: AsyncDisposableStack,
  { inMemory = false } = {},
): Promise<TemporaryFolder> {
  for (const prefix of [ON_DISK, IN_MEMORY]) {
    for (const pid of pidsWithFolder(prefix)) {
      if (processIdentity(pid) === undefined || pid === Deno.pid) await clear(prefix + pid);
    }
  }
  const folder = (inMemory && hasMemory() ? IN_MEMORY : ON_DISK) + Deno.pid;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  resources.defer(() => remove(folder));
  const processes = createProcesses(`${folder}/processes.json`);
  resources.defer(() => processes.stop());
  return { folder, processes };
}

function pidsWithFolder(prefix: string): number[] {
  const [, parent = "", start = ""] = prefix.match(/^(.*\/)(.*)$/) ?? [];
  if (!exists(parent)) return [];
  const names = [...Deno.readDirSync(parent)].map(({ name }) => name).filter((name) => name.startsWith(start));
  return names.map((name) => Number(name.slice(start.length)));
}

function hasMemory(): boolean {
  if (!exists("/dev/shm")) return false;
  const { bavail, bsize } = statfsSync("/dev/shm");
  return bavail * bsize >= MEMORY;
}

async function clear(folder: string) {
  await endLeftovers(`${folder}/processes.json`);
  remove(folder);
}
