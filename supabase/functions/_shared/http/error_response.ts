import type { ErrorBody } from "../contract/errors.ts";
import type { AppError } from "../errors.ts";

/** The one shape of everything that is not a success. */
export function errorResponse({ code, message, details, status, headers }: AppError, request_id: string): Response {
  const body: ErrorBody = { error: { code, message, request_id, ...details && { details } } };
  return Response.json(body, { status, headers });
}
