import type { Context } from "hono";

/** Answers that something was done, when it is. */
export function done(context: Context, act: () => void): Response {
  act();
  return context.body(null, 204);
}
