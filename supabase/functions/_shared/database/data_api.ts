import { PostgrestClient } from "@supabase/postgrest-js";
import { type Call, TIMEOUT } from "./call.ts";
import { databaseError, type Failure } from "./errors.ts";

/** The transport of a Supabase project: its Data API. */
export function throughDataApi({ url, secretKey }: { url: string; secretKey: string }): Call {
  // Named, because the Data API takes the first exposed schema otherwise, which the operator chooses.
  const client = new PostgrestClient(`${url}/rest/v1`, { headers: keyHeaders(secretKey), schema: "public" });
  return async (name, args) => {
    const { data, error, status } = await client.rpc(name, args).abortSignal(AbortSignal.timeout(TIMEOUT));
    if (error) throw databaseError(error, failureOf(status));
    return data;
  };
}

/** @param status 0 without a response. */
function failureOf(status: number): Failure {
  if (status === 401 || status === 403) return "access";
  return status === 0 || status >= 502 ? "connection" : "statement";
}

/**
 * A legacy key is a JWT, whose role the Data API reads from the bearer. A new one is not, and is refused there:
 * https://supabase.com/docs/guides/api/api-keys
 */
export function keyHeaders(key: string): Record<string, string> {
  return key.startsWith("sb_") ? { apikey: key } : { apikey: key, authorization: `Bearer ${key}` };
}
