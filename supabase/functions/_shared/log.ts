/** Logs one JSON line per event; never a token, a key, an email or a body. */
import { loggedSuccesses } from "./env.ts";
import { AppError } from "./errors.ts";

type Level = "info" | "warn" | "error";

/** A request while it is answered. */
export interface Call {
  readonly function: string;
  readonly method: string;
  readonly request_id: string;
  /** A time of `Date.now()`, the clock that is cheapest to read. */
  readonly started: number;
  caller?: string;
  error?: AppError;
}

/** Logs the one line of a request. LOG_SUCCESS says how many of those of successes. */
export function logCall({ function: name, method, request_id, started, caller, error }: Call, status: number): void {
  if (status < 400 && !isSelected(request_id, fraction())) return;
  const ms = Date.now() - started;
  const failure = error && { error: error.code, cause: describe(error.cause) };
  write(status >= 500 ? "error" : "info", { function: name, method, request_id, caller, status, ms, ...failure });
}

/**
 * Logs a success that an operator may search for, as often as LOG_SUCCESS says.
 *
 * @param message Ids and kinds, nothing personal
 */
export function logNote(message: string): void {
  if (isSelected(crypto.randomUUID(), fraction())) write("info", { message });
}

/** Logs what a process does beside its requests, such as its start. @param message Nothing personal */
export function logState(message: string, level: Level = "info"): void {
  write(level, { message });
}

/** Logs a failure that no response reports. */
export function logWarning(message: string, cause: unknown): void {
  write("warn", { message, cause: describe(cause) });
}

/** Whether a line is among this fraction of all: an id is random, so its first 32 bits decide. @param id A UUID */
export function isSelected(id: string, fraction: number): boolean {
  return parseInt(id.slice(0, 8), 16) < fraction * 2 ** 32;
}

let successes: number | undefined;

/** All, with one warning, when the variable cannot be used: a log must not fail a request. */
function fraction(): number {
  if (successes !== undefined) return successes;
  try {
    return successes = loggedSuccesses().fraction;
  } catch (cause) {
    successes = 1;
    logWarning("Every success is logged", cause);
    return successes;
  }
}

function write(level: Level, fields: Record<string, unknown>): void {
  console[level](JSON.stringify({ time: new Date().toISOString(), level, ...fields }));
}

/** Services and engines put input into their messages, so of their errors only codes and the stack are logged. */
function describe(cause: unknown): unknown {
  if (cause === undefined || cause === null) return undefined;
  if (cause instanceof AppError) return { error: cause.code, message: cause.message, cause: describe(cause.cause) };
  const { name, type, code, status, statusCode, requestId, issues, message, stack } = cause as Record<string, unknown>;
  return {
    name,
    type,
    code,
    status: status ?? statusCode,
    upstream_request_id: requestId,
    fields: Array.isArray(issues) ? issues.map(({ path }) => path?.join(".")) : undefined,
    at: String(stack ?? "").replace(String(message ?? ""), "").match(/(?<=^ *at ).+/gm)?.slice(0, 4),
  };
}
