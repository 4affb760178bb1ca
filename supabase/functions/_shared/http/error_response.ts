import type { ErrorBody } from "../contract/error_body.ts";
import type { AppError } from "../errors.ts";

/** The response of every error, in one shape. */
export function errorResponse(error: AppError, request_id: string): Response {
  const { code, message, details, hint, status, headers } = error;
  const body: ErrorBody = { error: { code, message, request_id, ...details && { details }, ...hint && { hint } } };
  return Response.json(body, { status, headers });
}
