import { STRIPE_API_VERSION } from "../contract/stripe_events.ts";
import { stripeEnv } from "../env.ts";
import { countRead, type ReadPurpose, readPurpose } from "../reads.ts";
import { fetchAndNoteTime } from "./clock.ts";
import { stripeError } from "./errors.ts";

/** As the SDK names them. */
export interface ReadOptions {
  /** Milliseconds for one request with its answer; default 5 seconds. */
  timeout?: number;
  /** How often it is repeated; default once. */
  maxNetworkRetries?: number;
}

/**
 * Reads an object or a page of a list.
 *
 * @param path After `/v1/`: each part is one segment, whatever characters it has.
 * @param params Undefined ones are left out.
 */
export type Read = <Answer>(path: readonly string[], params?: object, options?: ReadOptions) => Promise<Answer>;

/**
 * Reads from Stripe without the SDK, whose requests take three times the CPU time and whose library is most of a cold
 * start. What is read is Stripe's JSON unchanged, errors are as {@link stripeError} knows them from the SDK.
 *
 * @throws AppError `stripe_unavailable`, `not_configured`
 */
export async function reading<Answer>(call: (read: Read) => Promise<Answer>): Promise<Answer> {
  const purpose = readPurpose();
  try {
    return await call((path, params, options) => readFrom(pathOf(path, params), purpose, options));
  } catch (error) {
    throw stripeError(error);
  }
}

const DEFAULT_URL = "https://api.stripe.com";

async function readFrom<Answer>(
  path: string,
  purpose: ReadPurpose,
  { timeout = 5_000, maxNetworkRetries = 1 }: ReadOptions = {},
): Promise<Answer> {
  const { secretKey, url = DEFAULT_URL } = stripeEnv();
  const headers = { authorization: `Bearer ${secretKey}`, "stripe-version": STRIPE_API_VERSION };
  for (let repetition = 0;; repetition++) {
    if (repetition > 0) await new Promise((resume) => setTimeout(resume, RETRY_PAUSE));
    const isLast = repetition >= maxNetworkRetries;
    countRead(purpose);
    let response: Response;
    try {
      response = await fetchAndNoteTime(new URL(path, url), { headers, signal: AbortSignal.timeout(timeout) });
    } catch (cause) {
      if (isLast) throw new StripeReadError({ type: "StripeConnectionError" }, cause);
      continue;
    }
    if (!isLast && isRetried(response)) {
      // Frees the connection; its failure is of no interest.
      await response.body?.cancel().catch(() => {});
      continue;
    }
    return await answerOf<Answer>(response);
  }
}

/** Milliseconds; the SDK's pause before the first two repetitions. */
const RETRY_PAUSE = 500;

/** As `_shouldRetry` in the SDK's RequestSender.js: Stripe's own advice, else conflicts and failures. */
function isRetried({ status, headers }: Response): boolean {
  const advice = headers.get("stripe-should-retry");
  if (advice === "true" || advice === "false") return advice === "true";
  return status === 409 || status >= 500;
}

async function answerOf<Answer>(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const statusCode = status, requestId = headers.get("request-id") ?? undefined;
  const text = await response.text().catch((cause) => {
    throw new StripeReadError({ type: "StripeConnectionError", requestId }, cause);
  });
  let answer: { error?: { type?: string; code?: string; param?: string; message?: string } } | null;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    // A text that is no JSON may be of a proxy, so nothing of it is kept.
    throw new StripeReadError({ type: "StripeAPIError", statusCode, requestId }, cause);
  }
  if (response.ok && answer && !answer.error) return answer as Answer;

  const { type, code, param, message } = answer?.error ?? {};
  throw new StripeReadError({
    ...{ type: errorType(status, type, code), code, param, message, statusCode, requestId },
    headers: Object.fromEntries(headers),
  });
}

/** As `generateV1Error` in the SDK's Error.js. */
function errorType(status: number, type?: string, code?: string): string {
  if (status === 429 || status === 400 && code === "rate_limit") return "StripeRateLimitError";
  if (status === 400 || status === 404) {
    return type === "idempotency_error" ? "StripeIdempotencyError" : "StripeInvalidRequestError";
  }
  return BY_STATUS[status] ?? "StripeAPIError";
}

const BY_STATUS: Record<number, string> = {
  401: "StripeAuthenticationError",
  402: "StripeCardError",
  403: "StripePermissionError",
};

interface Failure {
  type: string;
  code?: string;
  param?: string;
  message?: string;
  statusCode?: number;
  requestId?: string;
  headers?: Record<string, string>;
}

/** An error with those fields of the SDK's errors that are read here. */
class StripeReadError extends Error {
  constructor({ message, ...fields }: Failure, cause?: unknown) {
    super(message, { cause });
    Object.assign(this, fields);
  }
}

/** The path with its query, whose arrays and objects have brackets: `expand[0]=tiers`, `created[gte]=1`. */
function pathOf(path: readonly string[], params: object = {}): string {
  const query = pairsOf(params).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return `/v1/${path.map(encodeURIComponent).join("/")}${query && `?${query}`}`;
}

const pairsOf = (params: object, prefix?: string): [name: string, value: string][] =>
  Object.entries(params).flatMap(([key, value]) => {
    const name = prefix === undefined ? key : `${prefix}[${key}]`;
    if (value === undefined) return [];
    return typeof value === "object" ? pairsOf(value, name) : [[name, String(value)]];
  });
