import { AppError } from "../errors.ts";

interface PostgrestFailure {
  code: string;
  message: string;
}

/** Raised by functions of ours, whose words name ids and nothing personal. */
const BAD_ARGUMENT = "22023";

/**
 * Translates what the Data API answers; the original stays as `cause`.
 * https://docs.postgrest.org/en/stable/references/errors.html
 *
 * @param status Of the HTTP answer; 0 when there was none.
 */
export function databaseError(error: PostgrestFailure, status: number): AppError {
  // 55000 is our own: a key of another mode or account, or a ticket that a restore left behind. Its words are ours too.
  if (error.code === "55000") {
    return AppError.notConfigured(error.message, error);
  }
  if (status === 401 || status === 403 || error.code === "42501") {
    return AppError.notConfigured("SUPABASE_SECRET_KEYS is refused by the Data API", error);
  }
  if (error.code === "PGRST202") {
    return AppError.notConfigured("A migration is missing in the database: push them", error);
  }
  if (isPassing(error.code, status)) return AppError.databaseUnavailable(error);
  return AppError.internal(error.code === BAD_ARGUMENT ? `The database says: ${error.message}` : undefined, error);
}

/** A bad argument that only the database can see, like a cursor that is not there. */
export function isBadArgument(error: unknown): boolean {
  const reason = error instanceof AppError ? error.cause : undefined;
  return reason instanceof AppError && (reason.cause as PostgrestFailure | undefined)?.code === BAD_ARGUMENT;
}

/** No answer, no connection, no resources, shutting down, timed out, or two transactions in each other's way. */
function isPassing(code: string, status: number): boolean {
  return status === 0 || status >= 502 ||
    /^(08|53|57|40|25006|55P03|PGRST00)/.test(code);
}
