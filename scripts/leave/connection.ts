/** A connection of a move, which runs COPY: the driver `pg`, because COPY into a table hangs with `postgres`. */
import pg from "pg";
import { Failure } from "../lib/failure.ts";

/** What a move uses of a client of `pg`, which has no types of its own. */
export interface Connection {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>;
  /** Runs a query object, which reports its end itself. */
  query(query: { submit(wire: unknown): void }): unknown;
  end(): Promise<void>;
}

interface Client {
  connect(): Promise<void>;
  on(event: "error", listener: () => void): void;
}

/**
 * One search path, time zone and format on both sides, so that equal rows are equal texts; no limit of time, which a
 * role or a pooler may set for short calls.
 */
const SETTINGS = `
  set search_path = '';
  set timezone = 'UTC';
  set datestyle = 'ISO';
  set intervalstyle = 'postgres';
  set extra_float_digits = 1;
  set bytea_output = 'hex';
  set statement_timeout = 0;
  set lock_timeout = 0;
  set idle_in_transaction_session_timeout = 0`;

/**
 * Connects as the owner. Never reports the address, which contains the password.
 *
 * @param what Names the database in messages
 * @throws Failure when it cannot be reached
 */
export async function openConnection(url: string, what: string): Promise<Connection> {
  const client: Connection & Client = new pg.Client({
    connectionString: url,
    application_name: "npm run leave",
    connectionTimeoutMillis: 15_000,
  });
  // A connection that is cut fails the statement in progress; without a listener it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(SETTINGS);
    return client;
  } catch (cause) {
    await client.end().catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(`Cannot connect to ${what}: ${reason}`, { cause });
  }
}

/** The rows of one statement. @param parameters For $1, $2 … */
export async function rows<Row>(connection: Connection, sql: string, parameters: unknown[] = []): Promise<Row[]> {
  return (await connection.query(sql, parameters)).rows as Row[];
}

/** The only row of one statement. */
export async function row<Row>(connection: Connection, sql: string, parameters: unknown[] = []): Promise<Row> {
  const [first] = await rows<Row>(connection, sql, parameters);
  if (first === undefined) throw new Error(`No row: ${sql}`);
  return first;
}
