import { BillingError } from "./billing_error.ts";
import { pause } from "./pause.ts";
import type { SupabaseLike } from "./supabase_like.ts";

/** Times are milliseconds. */
export interface BillingOptions {
  /** How often a call is repeated after a failure that may pass; 2 unless set. */
  readonly retries?: number;
  /** The longest wait before a repetition; a call that asks for a longer one is not repeated. 10,000 unless set. */
  readonly longestWait?: number;
  /** The longest wait for an answer; 30,000 unless set. */
  readonly timeout?: number;
}

/** Options of one call. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Calls a function of the project. */
export type Call = <Answer>(
  name: string,
  method: "GET" | "POST",
  input: object,
  options?: CallOptions,
) => Promise<Answer>;

/** The first wait before a repetition, which doubles. */
const FIRST_WAIT = 300;

export function createCall(
  supabase: SupabaseLike,
  { retries = 2, longestWait = 10_000, timeout = 30_000 }: BillingOptions,
): Call {
  async function once(name: string, method: "GET" | "POST", input: object, signal: AbortSignal | undefined) {
    const limit = AbortSignal.timeout(timeout);
    const end = signal ? AbortSignal.any([signal, limit]) : limit;
    const { data, error } = await Promise.race([
      supabase.functions.invoke(method === "GET" ? name + queryOf(input) : name, {
        method,
        ...method === "POST" && { body: { ...input } },
        signal: end,
      }),
      // Earlier versions of supabase-js ignore the signal.
      new Promise<{ data: null; error: object }>((resolve) =>
        end.addEventListener("abort", () => resolve({ data: null, error: { context: end.reason } }), { once: true })
      ),
    ]);
    // What invoke returns after an abort is an error like any other.
    signal?.throwIfAborted();
    if (error) throw await BillingError.from(error);
    if (typeof data === "object" && data !== null) return data;
    throw new BillingError({ code: "platform_error", message: "The answer is not JSON", status: 200 });
  }

  return async (name, method, input, { signal } = {}) => {
    for (let wait = FIRST_WAIT, left = retries;; wait *= 2, left--) {
      signal?.throwIfAborted();
      try {
        return await once(name, method, input, signal);
      } catch (error) {
        if (left <= 0 || !mayPass(error)) throw error;
        const asked = error.retryAfter === undefined ? wait * (1 + Math.random()) : error.retryAfter * 1_000;
        if (asked > longestWait) throw error;
        await pause(asked, signal);
      }
    }
  };
}

/** Whether a repetition may succeed. Every call may be repeated: the functions do twice nothing that counts once. */
export const mayPass = (error: unknown): error is BillingError =>
  BillingError.is(error, "network_error") ||
  BillingError.is(error, "platform_error") && !(error.status! >= 400 && error.status! < 500) ||
  BillingError.is(error) && (error.status === 429 || error.status === 503);

function queryOf(fields: object): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined && value !== null)
    .flatMap(([name, value]) => [value].flat().map((one) => [name, String(one)]));
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}
