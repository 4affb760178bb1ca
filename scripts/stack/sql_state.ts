/** The SQLSTATEs that lite answers as PostgREST does. */
const KNOWN = /^(PT|PGRST|21|22|42|25006$)/;

/** Whether lite would answer this database error with a plain 500. */
export const isUnknownToLite = (code: unknown): code is string =>
  typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !KNOWN.test(code);

/** SQLSTATE → HTTP status. https://docs.postgrest.org/en/stable/references/errors.html */
export function statusOf(state: string): number {
  if (state === "P0001") return 400;
  if (state === "23503" || state === "23505") return 409;
  if (/^(08|53)/.test(state)) return 503;
  if (/^(0L|0P|28)/.test(state)) return 403;
  if (/^(09|25|2D|38|39|3B|40|54|55|57|58|F0|HV|P0|XX)/.test(state)) return 500;
  return 400;
}

/** The driver's own codes for a lost connection, which are not SQLSTATEs. */
const DRIVER = /^(ECONN|CONNECT|EPIPE)/;

/** Whether a database error concerns the connection and not a statement. */
export const isConnectionLost = ({ code, severity }: { code?: unknown; severity?: unknown }): boolean =>
  severity === "FATAL" || typeof code === "string" && DRIVER.test(code);
