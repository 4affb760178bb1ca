/**
 * The test bench: one PostgreSQL, one migrated template, and as many isolated stacks as the tests ask for over HTTP.
 *
 * By itself, for one test at a time: `deno run -A --unstable-no-legacy-abort scripts/local/test_bench.ts` prints its
 * address as `BENCH_URL=…`.
 */
import { createDatabases, type Databases } from "./bench/databases.ts";
import { createBench } from "./bench/routes.ts";
import { createStackMaker, TEMPLATE } from "./bench/stacks.ts";
import { runCommand } from "./command.ts";
import { listen } from "./listen.ts";
import { type Cluster, startCluster } from "./postgres.ts";
import type { Processes } from "./processes.ts";
import { stopRequested } from "./stop_requests.ts";
import { openTemporaryFolder } from "./temporary_folder.ts";

export interface TestBench {
  readonly url: string;
  readonly cluster: Cluster;
  readonly databases: Databases;
  /** What runs for the bench, and may be used for what runs against it. */
  readonly processes: Processes;
}

/** Starts the bench; `resources` takes what has to be ended. */
export async function startTestBench(resources: AsyncDisposableStack): Promise<TestBench> {
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

  const bench = createBench(createStackMaker(cluster, databases, folder), databases);
  resources.defer(() => bench.stop());
  const server = listen(0, bench.fetch);
  resources.defer(() => server.close());
  return { url: server.url, cluster, databases, processes };
}

if (import.meta.main) {
  await runCommand(async () => {
    const stopping = stopRequested();
    await using resources = new AsyncDisposableStack();
    const { url } = await startTestBench(resources);
    console.log(`BENCH_URL=${url}`);
    await stopping;
  });
}
