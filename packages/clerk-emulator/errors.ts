import type { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { newId } from "./state.ts";

/** An error in Clerk's form. https://clerk.com/docs/guides/development/errors/backend-api */
export function clerkError(
  status: 400 | 401 | 403 | 404 | 405 | 422,
  code: string,
  message: string,
  long = message,
  meta?: { param_name: string },
) {
  const body = { errors: [{ code, message, long_message: long, ...meta && { meta } }], clerk_trace_id: newId("trace") };
  return new HTTPException(status, { res: Response.json(body, { status }) });
}

export const notFound = (what: string, id: string) =>
  clerkError(404, "resource_not_found", "not found", `No ${what} was found with id ${id}.`);

export const missingParameter = (name: string) =>
  clerkError(422, "form_param_missing", "is missing", `${name} must be included.`, { param_name: name });

/** Gives an app Clerk's answers to unknown routes, to refused requests and to bodies that are not JSON. */
export function answerErrors(app: Hono): void {
  app.notFound((c) => clerkError(404, "resource_not_found", `No route ${c.req.method} ${c.req.path}`).getResponse());
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof SyntaxError) {
      return clerkError(400, "request_body_invalid", "Request body invalid").getResponse();
    }
    throw error;
  });
}
