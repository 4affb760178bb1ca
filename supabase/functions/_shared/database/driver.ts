import "./node_globals.ts";
import pg from "pg";
import type { ServerSettings } from "../connection_string.ts";
import { AppError } from "../errors.ts";
import { logNote, logWarning } from "../log.ts";
import { type Call, TIMEOUT } from "./call.ts";
import { databaseError, type Failure } from "./errors.ts";
import { JsonArgument } from "./json.ts";

/** Connections of a process at most; an isolate of the platform is one of many. */
const CONNECTIONS = "EdgeRuntime" in globalThis ? 2 : 10;

/** The answer of a pooler that gives each transaction another connection and does not know prepared statements. */
const POOLED = /^(26000|42P05)$/;
/** A function that is missing, or whose arguments a migration has changed: a prepared statement keeps their types. */
const CHANGED = "42883";
/** The login or the database is refused. */
const NO_ACCESS = /^(28|3D000|42501)/;
/** The connection has ended. Not by the severity alone, which the server translates. */
const ENDED = /^(08|25P03|57P0)/;
/** Read-only: after a failover the connection leads to a standby, and the next one does not. */
const STANDBY = "25006";

interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A pg.DatabaseError; every other error has no SQLSTATE. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
}

/**
 * The transport of a server with a PostgreSQL of its own: DATABASE_URL. Opens no connection before the first call.
 *
 * @throws AppError `not_configured` when the root certificate cannot be read
 */
export function throughDriver({ tls, rootCertificate, ...server }: ServerSettings): Call {
  const pool = new pg.Pool({
    ...server,
    // Both are verified by pg, the chain and the host's name: lib/connection.js.
    ssl: tls && { ca: rootCertificate && readCertificate(rootCertificate) },
    max: CONNECTIONS,
    connectionTimeoutMillis: TIMEOUT,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // An error event without a listener ends the process. The call in progress gets the error too; an idle connection
  // that breaks is replaced by the next call.
  pool.on("connect", (connection: pg.PoolClient) => connection.on("error", () => {}));
  pool.on("error", (cause: unknown) => logWarning("A connection to the database was lost", cause));
  let prepares = true;

  /** With connect and release, because `pool.query` closes the connection after every SQL error. */
  async function ask(query: Partial<Statement>, values: readonly unknown[]): Promise<unknown> {
    const deadline = Date.now() + TIMEOUT;
    const connection = await pool.connect().catch((error: unknown) => {
      throw connectError(error as ServerError, tls);
    });
    let broken = false;
    try {
      const { rows } = await connection.query({ ...query, values, query_timeout: Math.max(1, deadline - Date.now()) });
      const answer = rows[0]?.answer;
      // The JSON of no value, which a function returns that is void. No other one returns an empty text.
      return answer === "" ? null : answer;
    } catch (error) {
      const code = codeOf(error);
      broken = !isRefusal(error) || code === STANDBY || code === CHANGED;
      throw error;
    } finally {
      connection.release(broken);
    }
  }

  return async (name, args) => {
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    const statement = statementOf(name, given.map(([key]) => key));
    // pg makes an array of a list, and JSON of another object.
    const values = given.map(([, value]) => value instanceof JsonArgument ? value.text : value);
    if (prepares) {
      try {
        return await ask(statement, values);
      } catch (error) {
        const code = codeOf(error), isPooled = POOLED.test(code);
        if (!isPooled && code !== CHANGED) throw asAppError(error);
        // Nothing of a statement that is refused remains, so it can be sent again.
        if (isPooled && prepares) logNote("A pooler without prepared statements: none is used from now on");
        if (isPooled) prepares = false;
      }
    }
    try {
      return await ask({ text: statement.text }, values);
    } catch (error) {
      throw asAppError(error);
    }
  };
}

function connectError(error: ServerError, tls: boolean): AppError {
  // Neither error has an SQLSTATE: Deno's and Node's words for a certificate that is refused, and pg's for none.
  if (tls && /certificate|does not support SSL/.test(error.message)) {
    return AppError.notConfigured(
      "The server of DATABASE_URL cannot be verified: check its name and sslrootcert",
      error,
    );
  }
  return databaseError(error, NO_ACCESS.test(codeOf(error)) ? "access" : "connection");
}

/** Those that were sent, by the function and its arguments: as many as this code has. */
const statements = new Map<string, Statement>();

/**
 * One form for every type of result. The name is the same everywhere, so that a pooler which shares connections never
 * has two statements of one name.
 */
function statementOf(name: string, keys: readonly string[]): Statement {
  const known = `${name} ${keys}`;
  let statement = statements.get(known);
  if (statement === undefined) {
    const named = keys.map((key, index) => `${key} => $${index + 1}`).join(", ");
    // From, because a composite result that is null is a row of nulls then, as through the Data API.
    const text = `select to_json(answer) as answer from public.${name}(${named}) as answer`;
    statements.set(known, statement = { name: `${name}_${hashOf(text)}`, text });
  }
  return statement;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}

const codeOf = (error: unknown): string => error instanceof pg.DatabaseError ? (error as ServerError).code : "";

/** Whether the database refused the statement, and the connection goes on. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const { code, severity } = error as ServerError;
  return !ENDED.test(code) && severity !== "FATAL" && severity !== "PANIC";
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const failure: Failure = isRefusal(error) ? "statement" : "connection";
  return databaseError(error as ServerError, failure);
}

function readCertificate(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw AppError.notConfigured("The file of sslrootcert in DATABASE_URL cannot be read", cause);
  }
}
