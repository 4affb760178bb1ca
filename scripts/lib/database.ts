/** Connections to PostgreSQL, and what the database of a hosted project holds before its first migration. */
import postgres from "postgres";
import { ROOT } from "./paths.ts";

export interface Database {
  /** Runs one statement in a transaction of its own. @param parameters For $1, $2 … */
  query<Row>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Which default privileges a database has: those of older or of newer hosted projects. */
export type Privileges = "older" | "newer";

/** One connection, without notices. The caller closes it. */
export const connect = (url: string): postgres.Sql => postgres(url, { max: 1, onnotice() {}, prepare: false });

/** A database that is reached by its connection string. */
export function localDatabase(url: string): Database {
  const sql = connect(url);
  return {
    query: async <Row>(query: string, parameters: unknown[] = []) =>
      await sql.unsafe(query, parameters as never[]) as unknown as Row[],
    close: () => sql.end(),
  };
}

/** Gives a new database the schemas and default privileges of a hosted project. @param sql As `supabase_admin` */
export async function prepareDatabase(sql: Pick<postgres.Sql, "unsafe">, privileges: Privileges): Promise<void> {
  await sql.unsafe(readSql("database.sql"));
  if (privileges === "newer") await sql.unsafe(readSql("newer_privileges.sql"));
}

/** The text of a file in scripts/lib/sql. */
export const readSql = (name: string): string => Deno.readTextFileSync(`${ROOT}/scripts/lib/sql/${name}`);
