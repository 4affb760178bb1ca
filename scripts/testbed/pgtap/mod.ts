/**
 * The SQL tests in supabase/tests, on a database like a hosted project's. With Docker, `supabase test db` runs the
 * same files.
 */
import postgres from "postgres";
import { connect, type Privileges, readSql } from "../../lib/database.ts";
import { ROOT } from "../../lib/paths.ts";
import type { Cluster } from "../../stack/postgres.ts";
import { type Databases, TEMPLATE } from "../databases.ts";
import { readFromArchive } from "./archive.ts";
import { findUnconditional, SHOW_PARSE_TREES } from "./safe_update.ts";
import { readTap, type TapResult } from "./tap.ts";

const ARCHIVE = `${ROOT}/node_modules/@electric-sql/pglite-pgtap/dist/pgtap.tar.gz`;
const SCRIPT = "share/postgresql/extension/pgtap--1.3.5.sql";

/** What hosted projects differ in. */
export interface Variant {
  readonly privileges: Privileges;
  /** Whether pg_cron, pg_net and Vault exist. */
  readonly extensions: boolean;
}

/** Creates a migrated database with pgTAP, in schema `extensions` as on a hosted project. */
export async function makeTestDatabase(
  { cluster, databases }: { cluster: Cluster; databases: Databases },
  { privileges, extensions }: Variant,
): Promise<string> {
  const name = `pgtap_${privileges}`;
  if (privileges === "newer") await databases.copy(TEMPLATE, name);
  else await databases.migrate(name, privileges);
  const script = await readFromArchive(ARCHIVE, SCRIPT);
  const sql = connect(cluster.url("supabase_admin", name));
  try {
    await sql.unsafe(`set search_path to extensions; ${script.replaceAll(/^\\.*$/gm, "")}`);
    if (extensions) await sql.unsafe(readSql("extensions.sql"));
    // Parse trees are for the client alone.
    await sql`alter role postgres in database ${sql(name)} set log_min_messages = fatal`;
  } finally {
    await sql.end();
  }
  return cluster.url("postgres", name);
}

/** Runs one file as `postgres`, in a session of its own, where an update or delete without a condition is a failure. */
export async function runTestFile(databaseUrl: string, path: string): Promise<TapResult> {
  const script = await Deno.readTextFile(`${ROOT}/${path}`);
  const unconditional = new Set<string>();
  const sql = postgres(databaseUrl, {
    max: 1,
    prepare: false,
    onnotice({ message, detail, where }) {
      if (message !== "parse tree:" || detail === undefined) return;
      for (const command of findUnconditional(detail)) {
        unconditional.add(`${command} without a condition\n${where ?? ""}`);
      }
    },
  });
  try {
    const results = await sql.unsafe(`${SHOW_PARSE_TREES};\n${script}`);
    const texts = [results].flat(2).flatMap((row) => Object.values(row)).filter((value) => typeof value === "string");
    const { passed, failures } = readTap(texts.join("\n"));
    return { passed, failures: [...failures, ...unconditional] };
  } catch (error) {
    return { passed: 0, failures: [describe(error, script)] };
  } finally {
    await sql.end();
  }
}

function describe(error: unknown, script: string): string {
  const { message, position, where } = error as { message: string; position?: string; where?: string };
  const line = position === undefined ? "" : ` in line ${script.slice(0, Number(position)).split("\n").length}`;
  return `${message}${line}${where ? `\n${where}` : ""}`;
}
