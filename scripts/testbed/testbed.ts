/**
 * The test bench: one PostgreSQL, one migrated template, and as many isolated stacks as the tests ask for over HTTP.
 *
 * By itself, for one test at a time: `deno run -A --unstable-no-legacy-abort scripts/testbed/testbed.ts` prints its
 * address as `TESTBED_URL=…`.
 */
import { createDatabases, type Databases } from "./databases.ts";
import { createTestbedRoutes } from "./routes.ts";
import { createTestStackFactory, TEMPLATE } from "./stacks.ts";
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
  /** What runs for the bench, and may be used for what runs against it. */
  readonly processes: Processes;
}

/** Starts the bench; `resources` takes what has to be ended. */
export async function startTestbed(resources: AsyncDisposableStack): Promise<Testbed> {
  const { folder, processes } = await openTemporaryFolder(resources);
  const postgresLog: string[] = [];
  const cluster = await startCluster({
    folder: `${folder}/postgres`,
    settings: { max_connections: "400" },
    processes,
    log: (line) => void postgresLog.push(line),
  });
  const databases = createDatabases(cluster, processes);
  resources.defer(() => databases.close());
  await databases.migrate(TEMPLATE, "newer");

  const bench = createTestbedRoutes(createTestStackFactory(cluster, databases, folder), databases);
  resources.defer(() => bench.stop());
  const server = listen(0, bench.fetch);
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
