import type { ErrorBody } from "../contract/errors.ts";
import type { AppError } from "../errors.ts";

/** The response of every error, in one shape. */
export function errorResponse({ code, message, details, status, headers }: AppError, request_id: string): Response {
  const body: ErrorBody = { error: { code, message, request_id, ...details && { details } } };
  return Response.json(body, { status, headers });
}
