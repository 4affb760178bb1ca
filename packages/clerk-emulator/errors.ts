import { HTTPException } from "hono/http-exception";
import { newId } from "./state.ts";

/** An error in Clerk's form. https://clerk.com/docs/guides/development/errors/overview */
export function clerkError(status: 400 | 401 | 404 | 405 | 422, code: string, message: string, long = message) {
  const body = { errors: [{ code, message, long_message: long }], clerk_trace_id: newId("trace") };
  return new HTTPException(status, { res: Response.json(body, { status }) });
}

export const notFound = (what: string, id: string) =>
  clerkError(404, "resource_not_found", "not found", `No ${what} was found with id ${id}.`);
