import type { Context } from "hono";

/** The fields of a form; the SDK sends null as an empty text. */
export const fieldsOf = async (c: Context): Promise<Record<string, string | undefined>> =>
  Object.fromEntries(new URLSearchParams(await c.req.text()));
