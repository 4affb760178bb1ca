import { AppError } from "../errors.ts";
import { type Call, TIMEOUT } from "./call.ts";
import { databaseError, type Failure } from "./errors.ts";

/**
 * The transport of a Supabase project: its Data API. A result is JSON, and no text for a function without one.
 * https://docs.postgrest.org/en/stable/references/api/functions.html
 */
export function throughDataApi({ url, secretKey }: { url: string; secretKey: string }): Call {
  const headers = {
    ...keyHeaders(secretKey),
    "content-type": "application/json",
    // Named, because the Data API takes the first exposed schema otherwise, which the operator chooses.
    "content-profile": "public",
  };
  return async (name, args) => {
    const { status, text } = await send(`${url}/rest/v1/rpc/${name}`, {
      method: "POST",
      headers,
      body: JSON.stringify(args),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    const answer = parse(text);
    if (status >= 200 && status < 300 && answer !== undefined) return answer;
    const { code = "", message = "" } = (answer ?? {}) as { code?: string; message?: string };
    const error = { code, message, status };
    throw databaseError(error, failureOf(status));
  };
}

/** @throws AppError `database_unavailable` without a whole answer */
async function send(url: string, request: RequestInit): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, request);
    return { status: response.status, text: await response.text() };
  } catch (cause) {
    throw AppError.databaseUnavailable(cause);
  }
}

/** Undefined for a text that is no JSON, which a gateway sends in place of the Data API. */
function parse(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failureOf(status: number): Failure {
  if (status === 401 || status === 403) return "access";
  return status >= 502 ? "connection" : "statement";
}

/**
 * A legacy key is a JWT, whose role the Data API reads from the bearer. A new one is not, and is refused there:
 * https://supabase.com/docs/guides/api/api-keys
 */
export function keyHeaders(key: string): Record<string, string> {
  return key.startsWith("sb_") ? { apikey: key } : { apikey: key, authorization: `Bearer ${key}` };
}
