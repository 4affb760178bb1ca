/** PgBouncer in transaction mode before the test bed's PostgreSQL, where it is installed: it is in no npm package. */
import { exists } from "../lib/files.ts";
import { freePort, LOOPBACK } from "../lib/ports.ts";
import type { Processes } from "../lib/processes.ts";
import { asOrdinaryUser, type Cluster } from "../stack/postgres.ts";

export interface Pooler {
  /** The connection string of a database, as `billing_server`. */
  url(database: string): string;
}

const PROGRAM = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"]
  .find(exists);

export const hasPooler = PROGRAM !== undefined;

/** @throws Error when it exits instead of listening */
export async function startPooler(cluster: Cluster, folder: string, processes: Processes): Promise<Pooler> {
  if (PROGRAM === undefined) throw new Error("pgbouncer is not installed");
  const { hostname, port: serverPort } = new URL(cluster.url("billing_server"));
  const port = freePort();
  const users = `${folder}/pgbouncer_users.txt`;
  const config = `${folder}/pgbouncer.ini`;
  Deno.writeTextFileSync(users, '"billing_server" "billing_server"\n');
  // Few connections, so that the transactions of a process take turns on all of them.
  Deno.writeTextFileSync(
    config,
    `[databases]
* = host=${hostname} port=${serverPort}
[pgbouncer]
listen_addr = ${LOOPBACK}
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
`,
  );
  const [command, args] = asOrdinaryUser(PROGRAM, [config]);
  const output: string[] = [];
  const listening = Promise.withResolvers<void>();
  const { exited } = processes.start(command, {
    args,
    env: {},
    onLine(line) {
      if (output.push(line) > 20) output.shift();
      if (line.includes("process up")) listening.resolve();
    },
  });
  void exited.then(() => listening.reject(new Error(`pgbouncer exited: ${output.join("\n")}`)));
  await listening.promise;
  return { url: (database) => `postgres://billing_server:billing_server@${LOOPBACK}:${port}/${database}` };
}
