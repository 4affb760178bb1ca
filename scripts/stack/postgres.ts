/** A real PostgreSQL 17 from npm, with the roles and the rights of a hosted project. */
import { connect, prepareDatabase, readSql } from "../lib/database.ts";
import { Failure } from "../lib/failure.ts";
import { readIfExists, remove } from "../lib/files.ts";
import { ROOT } from "../lib/paths.ts";
import { freePort, LOOPBACK } from "../lib/ports.ts";
import { preparePostgres } from "./postgres_files.ts";
import type { Process, Processes } from "../lib/processes.ts";

const MAJOR = "17";
const READY = "database system is ready to accept connections";

/** The roles with a login; each password equals the name. */
export type Role = "supabase_admin" | "postgres" | "authenticator" | "billing_server";

export interface Cluster {
  /** A connection string; of the database `postgres` unless another is named. */
  url(role: Role, database?: string): string;
  /** Settles when the server has exited. */
  readonly ended: Promise<unknown>;
}

export interface ClusterOptions {
  /** The data folder, created by the first start. */
  readonly folder: string;
  /** Default any free port. */
  readonly port?: number;
  readonly settings?: Record<string, string>;
  readonly processes: Processes;
  log(line: string): void;
}

/**
 * Starts the cluster in a folder, and creates it first if there is none.
 *
 * @throws Failure when the folder belongs to another major version
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder } = options;
  const programs = preparePostgres();
  const version = readIfExists(`${folder}/PG_VERSION`)?.trim();
  if (version === undefined) await makeCluster(programs.initdb, options);
  else if (version !== MAJOR) {
    throw new Failure(
      `"${folder}" was written by PostgreSQL ${version} and this is ${MAJOR}: run "npm run reset" to start over`,
    );
  }

  const { port, ended } = await launch(programs.postgres, options);
  const url: Cluster["url"] = (role, database = "postgres") =>
    `postgres://${role}:${role}@${LOOPBACK}:${port}/${database}`;
  await makeRoles(url("supabase_admin"));
  await makeServerRole(url("supabase_admin"));
  return { url, ended };
}

/** PostgreSQL and its pooler refuse to run as root: in a user namespace root has another uid and still owns its files. */
export function asOrdinaryUser(command: string, args: string[]): [string, string[]] {
  if (Deno.uid() !== 0) return [command, args];
  return ["unshare", ["--user", "--map-user=1000", "--map-group=1000", command, ...args]];
}

/** Creates the folder atomically. */
async function makeCluster(initdb: string, { folder, processes }: ClusterOptions) {
  const unfinished = `${folder}.unfinished`;
  const passwords = `${folder}.password`;
  remove(unfinished);
  remove(folder);
  Deno.writeTextFileSync(passwords, "supabase_admin\n", { mode: 0o600 });
  const [command, args] = asOrdinaryUser(initdb, [
    `--pgdata=${unfinished}`,
    "--username=supabase_admin",
    "--auth=scram-sha-256",
    `--pwfile=${passwords}`,
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
  ]);
  const { success, stderr } = await processes.run(command, { args, env: ENVIRONMENT });
  remove(passwords);
  if (!success) throw new Failure(`Cannot make a PostgreSQL cluster in "${folder}": ${explain(stderr)}`);
  Deno.renameSync(unfinished, folder);
}

const ENVIRONMENT = { LC_ALL: "C", TZ: "UTC" };

function explain(stderr: string): string {
  if (!stderr.includes("unshare")) return stderr;
  return `PostgreSQL refuses to run as root, and this machine has no user namespaces (${stderr}): use another user`;
}

async function launch(binary: string, { folder, port: wanted, settings = {}, processes, log }: ClusterOptions) {
  for (let attempt = 1;; attempt++) {
    const port = wanted ?? freePort();
    const output: string[] = [];
    const ready = Promise.withResolvers<void>();
    const all = {
      listen_addresses: LOOPBACK,
      port: String(port),
      unix_socket_directories: "",
      // A crash of the machine may lose data; a crash of the stack does not.
      fsync: "off",
      timezone: "UTC",
      ...settings,
    };
    const [command, args] = asOrdinaryUser(binary, [
      "-D",
      folder,
      ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ]);
    const server: Process = processes.start(command, {
      args,
      env: ENVIRONMENT,
      stopSignal: "SIGINT", // its fast shutdown
      onLine(line) {
        log(line);
        if (line.includes(READY)) ready.resolve();
        else if (output.length < 20) output.push(line);
      },
    });
    const gone = server.exited.then(() => output.join("\n"));
    const failed = await Promise.race([ready.promise, gone]);
    if (failed === undefined) return { port, ended: server.exited };
    // Another process may have taken the free port in between.
    if (wanted === undefined && attempt < 3 && failed.includes("Address already in use")) continue;
    throw new Failure(`PostgreSQL does not start: ${explain(failed)}`);
  }
}

/** In one transaction, so that the next start repeats it after an interruption. */
async function makeRoles(url: string) {
  const sql = connect(url);
  try {
    const [known] = await sql`select 1 from pg_roles where rolname = 'authenticator'`;
    if (known) return;
    await sql.begin(async (transaction) => {
      await transaction.unsafe(readSql("roles.sql"));
      await transaction.unsafe(Deno.readTextFileSync(new URL("roles.sql", import.meta.url)));
      await transaction.unsafe("alter database postgres owner to postgres");
      await prepareDatabase(transaction, "newer");
    });
  } finally {
    await sql.end();
  }
}

/** At every start, for clusters that were created before there was the role. */
async function makeServerRole(url: string) {
  const sql = connect(url);
  try {
    await sql.unsafe(serverRole());
    await sql`alter role billing_server password 'billing_server'`;
  } finally {
    await sql.end();
  }
}

/** The SQL that makes the role of functions on a server of their own, without its password. */
export const serverRole = (): string => Deno.readTextFileSync(`${ROOT}/supabase/billing_server.sql`);
