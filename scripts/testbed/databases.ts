/** The databases of the test bed: a migrated template, and a copy of it for each stack. */
import { connect, prepareDatabase, type Privileges } from "../lib/database.ts";
import type { Processes } from "../lib/processes.ts";
import { CLERK_DOMAIN } from "../lib/project_keys.ts";
import { pushMigrations } from "../lib/supabase_cli.ts";
import type { Cluster } from "../stack/postgres.ts";

/** A migrated database with the privileges of newer projects, which all others are copies of. */
export const TEMPLATE = "template_migrated";

export interface Databases {
  /** Creates a migrated database with these default privileges. */
  migrate(name: string, privileges: Privileges): Promise<void>;
  /** Copies a database that has no connections, by its files: this takes half the CPU of a copy through the WAL. */
  copy(template: string, name: string): Promise<void>;
  drop(name: string): Promise<void>;
  /** Closes every connection and refuses new ones, as in an outage. */
  stop(name: string): Promise<void>;
  start(name: string): Promise<void>;
  close(): Promise<void>;
}

export function createDatabases(cluster: Cluster, processes: Processes): Databases {
  const admin = connect(cluster.url("supabase_admin"));
  const allow = (name: string, allowed: boolean) =>
    admin`alter database ${admin(name)} with allow_connections ${admin.unsafe(String(allowed))}`;

  return {
    async migrate(name, privileges) {
      await admin`create database ${admin(name)} template template0 owner postgres`;
      const sql = connect(cluster.url("supabase_admin", name));
      await prepareDatabase(sql, privileges);
      await sql.end();
      await pushMigrations({ databaseUrl: cluster.url("postgres", name), clerkDomain: CLERK_DOMAIN, processes });
    },
    copy: (template, name) =>
      done(admin`create database ${admin(name)} template ${admin(template)} strategy file_copy owner postgres`),
    drop: (name) => done(admin`drop database ${admin(name)} with (force)`),
    async stop(name) {
      await allow(name, false);
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
    },
    start: (name) => done(allow(name, true)),
    close: () => admin.end(),
  };
}

const done = async (query: PromiseLike<unknown>) => void await query;
