/** Folders of commands that keep no state, with the processes that run for them. */
import { exists, remove } from "./files.ts";
import { LOCAL } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";
import { createProcesses, endLeftovers, type Processes } from "./processes.ts";

/** One folder per command, named after its pid. */
const FOLDERS = `${LOCAL}/temporary`;

export interface TemporaryFolder {
  readonly folder: string;
  readonly processes: Processes;
}

/**
 * A new folder and the processes that use it; both are released with `resources`. What a killed command left is stopped
 * and removed first.
 */
export async function openTemporaryFolder(resources: AsyncDisposableStack): Promise<TemporaryFolder> {
  const folder = `${FOLDERS}/${Deno.pid}`;
  for (const pid of pidsWithFolder()) {
    if (processIdentity(pid) === undefined || pid === Deno.pid) await clear(`${FOLDERS}/${pid}`);
  }
  await Deno.mkdir(folder, { recursive: true });
  resources.defer(() => remove(folder));
  const processes = createProcesses(`${folder}/processes.json`);
  resources.defer(() => processes.stop());
  return { folder, processes };
}

const pidsWithFolder = () => exists(FOLDERS) ? [...Deno.readDirSync(FOLDERS)].map(({ name }) => Number(name)) : [];

async function clear(folder: string) {
  await endLeftovers(`${folder}/processes.json`);
  remove(folder);
}
