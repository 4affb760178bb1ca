import { AppError } from "../errors.ts";

interface DatabaseFailure {
  /** An SQLSTATE, or a code of the transport. */
  code: string;
  message: string;
}

/** What failed: the connection or the service, the login, or the statement, which the database refused. */
export type Failure = "connection" | "access" | "statement";

/** Raised by this project's SQL functions, whose messages contain ids and no personal data. */
const BAD_ARGUMENT = "22023";
/** Raised by this project's SQL functions: a key of another mode or account, or a ticket that was never drawn. */
const WRONG_STATE = "55000";
/** Raised for a Stripe key that was not confirmed to be the deployment's account's. */
const UNKNOWN_KEY = "KEY01";

/**
 * Translates an error of a transport; the original stays as `cause`.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 * https://docs.postgrest.org/en/stable/references/errors.html
 */
export function databaseError(error: DatabaseFailure, failure: Failure): AppError {
  const { code, message } = error;
  if (failure === "connection") return AppError.databaseUnavailable(error);
  if (failure === "access" || code === "42501") {
    return AppError.notConfigured("The database refuses the access: check SUPABASE_SECRET_KEYS or DATABASE_URL", error);
  }
  if (code === WRONG_STATE || code === UNKNOWN_KEY) return AppError.notConfigured(message, error);
  if (code === "PGRST202" || code === "42883") {
    return AppError.notConfigured("A migration is missing in the database: push them", error);
  }
  if (isTransient(code)) return AppError.databaseUnavailable(error);
  return AppError.internal(code === BAD_ARGUMENT ? `Refused by the database: ${message}` : undefined, error);
}

/** Whether the database refused an argument that only it can check, such as an unknown cursor. */
const isBadArgument = (error: unknown): boolean => codeOf(error) === BAD_ARGUMENT;

/** A page. @throws AppError `invalid_request` for a cursor that only the database can refuse */
export async function unlessUnknownCursor<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (error) {
    if (!isBadArgument(error)) throw error;
    throw AppError.invalidRequest([{ field: "starting_after", message: "Unknown id: start again without it" }]);
  }
}

/** Whether the database does not know the Stripe key yet. */
export const isUnknownKey = (error: unknown): boolean => codeOf(error) === UNKNOWN_KEY;

/** Whether another transaction was in the way, which may be so for one row of a call only. */
export const isConflict = (error: unknown): boolean =>
  error instanceof AppError && /^(40|55P03)/.test((error.cause as Partial<DatabaseFailure> | undefined)?.code ?? "");

function codeOf(error: unknown): string | undefined {
  const reason = error instanceof AppError ? error.cause : undefined;
  return reason instanceof AppError ? (reason.cause as DatabaseFailure | undefined)?.code : undefined;
}

/** No connection, no resources, shutting down, timed out, read-only, or a conflict of two transactions. */
const isTransient = (code: string) => /^(08|53|57|40|25006|55P03|PGRST00)/.test(code);
