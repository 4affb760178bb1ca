import { AppError } from "../errors.ts";

interface PostgrestFailure {
  code: string;
  message: string;
}

/** Raised by this project's SQL functions, whose messages contain ids and no personal data. */
const BAD_ARGUMENT = "22023";
/** Raised for a Stripe key that was not confirmed to be the deployment's account's. */
const UNKNOWN_KEY = "KEY01";

/**
 * Translates an error of the Data API; the original stays as `cause`.
 * https://docs.postgrest.org/en/stable/references/errors.html
 *
 * @param status The HTTP status; 0 without a response.
 */
export function databaseError(error: PostgrestFailure, status: number): AppError {
  // 55000 is raised by this project's SQL functions: a key of another mode or account, or a ticket that was never drawn.
  if (error.code === "55000" || error.code === UNKNOWN_KEY) {
    return AppError.notConfigured(error.message, error);
  }
  if (status === 401 || status === 403 || error.code === "42501") {
    return AppError.notConfigured("SUPABASE_SECRET_KEYS is refused by the Data API", error);
  }
  if (error.code === "PGRST202") {
    return AppError.notConfigured("A migration is missing in the database: push them", error);
  }
  if (isTransient(error.code, status)) return AppError.databaseUnavailable(error);
  return AppError.internal(
    error.code === BAD_ARGUMENT ? `Refused by the database: ${error.message}` : undefined,
    error,
  );
}

/** Whether the database refused an argument that only it can check, such as an unknown cursor. */
export const isBadArgument = (error: unknown): boolean => codeOf(error) === BAD_ARGUMENT;

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

function codeOf(error: unknown): string | undefined {
  const reason = error instanceof AppError ? error.cause : undefined;
  return reason instanceof AppError ? (reason.cause as PostgrestFailure | undefined)?.code : undefined;
}

/** No response, no connection, no resources, shutting down, timed out, or a conflict of two transactions. */
function isTransient(code: string, status: number): boolean {
  return status === 0 || status >= 502 ||
    /^(08|53|57|40|25006|55P03|PGRST00)/.test(code);
}
