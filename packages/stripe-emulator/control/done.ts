import type { Context } from "hono";

/** Runs an action and answers 204. */
export function done(context: Context, run: () => void): Response {
  run();
  return context.body(null, 204);
}
