/**
 * The test bed: one PostgreSQL, one migrated template, and the isolated stacks that the tests create over HTTP.
 *
 * Standalone: `deno run -A --unstable-no-legacy-abort scripts/testbed/testbed.ts` prints its
 * address as `TESTBED_URL=…`.
 */
import { createDatabases, type Databases, TEMPLATE } from "./databases.ts";
import { createTestbedRoutes } from "./routes.ts";
import { createTestStackFactory } from "./stacks.ts";
import { runCommand } from "../lib/command.ts";
import { listen } from "../lib/listen.ts";
import { type Cluster, startCluster } from "../stack/postgres.ts";
import type { Processes } from "../lib/processes.ts";
import { stopRequested } from "../lib/stop_requests.ts";
import { openTemporaryFolder } from "../lib/temporary_folder.ts";

export interface Testbed {
  readonly url: string;
  readonly cluster: Cluster;
  readonly databases: Databases;
  /** Its processes; those of the tests may be added. */
  readonly processes: Processes;
}

/** Starts the test bed; `resources` releases it. */
export async function startTestbed(resources: AsyncDisposableStack): Promise<Testbed> {
  const { folder, processes } = await openTemporaryFolder(resources, { inMemory: true });
  const postgresLog: string[] = [];
  const cluster = await startCluster({
    folder: `${folder}/postgres`,
    settings: { max_connections: "600", synchronous_commit: "off", full_page_writes: "off" },
    processes,
    log: (line) => void postgresLog.push(line),
  });
  const databases = createDatabases(cluster, processes);
  resources.defer(() => databases.close());
  await databases.migrate(TEMPLATE, "newer");

  const routes = createTestbedRoutes(createTestStackFactory(cluster, databases, folder, processes), databases);
  resources.defer(() => routes.stop());
  const server = listen(0, routes.fetch);
  resources.defer(() => server.close());
  return { url: server.url, cluster, databases, processes };
}

if (import.meta.main) {
  await runCommand(async () => {
    const stopping = stopRequested();
    await using resources = new AsyncDisposableStack();
    const { url } = await startTestbed(resources);
    console.log(`TESTBED_URL=${url}`);
    await stopping;
  });
}
