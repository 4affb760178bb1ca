import type { ErrorBody, ErrorCode, FieldError, Hint } from "./contract.ts";

/**
 * `network_error`: no answer came, or the page's origin is not in `ALLOWED_ORIGINS`. `platform_error`: something before
 * the function answered, such as a gateway, or a worker that was ended.
 */
export type BillingErrorCode = ErrorCode | "network_error" | "platform_error";

/** What a {@link BillingError} is made of. */
export interface BillingErrorFields {
  readonly code: BillingErrorCode;
  readonly message: string;
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfter?: number;
  readonly details?: readonly FieldError[];
  readonly hint?: Hint;
  readonly cause?: unknown;
}

/** What every call of the client rejects with, unless its signal was aborted. */
export class BillingError extends Error {
  override readonly name = "BillingError";
  readonly code: BillingErrorCode;
  /** The status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** The same as in the log of the function. */
  readonly requestId: string | undefined;
  /** Seconds until another try makes sense. */
  readonly retryAfter: number | undefined;
  /** The fields that an `invalid_request` is about. */
  readonly details: readonly FieldError[];
  /** What the user can do next. */
  readonly hint: Hint | undefined;

  constructor({ code, message, status, requestId, retryAfter, details = [], hint, cause }: BillingErrorFields) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    this.details = details;
    this.hint = hint;
  }

  /** Whether it is a BillingError with one of the codes, or with any; also one of another copy of this package. */
  static is<Code extends BillingErrorCode>(error: unknown, ...codes: Code[]): error is BillingError & { code: Code } {
    return error instanceof Error && error.name === "BillingError" &&
      (codes.length === 0 || codes.includes((error as BillingError).code as Code));
  }

  /** Reads the error of `functions.invoke`, whose `context` is the answer, or what `fetch` threw. */
  static async from(cause: { context?: unknown }): Promise<BillingError> {
    const answer = cause.context;
    if (!isResponse(answer)) return new BillingError({ code: "network_error", message: "No answer came", cause });

    const { status, headers } = answer;
    const body: Partial<ErrorBody> | null = await answer.clone().json().catch(() => null);
    const error = typeof body?.error === "object" ? body.error : undefined;
    const seconds = Number(headers.get("retry-after") ?? NaN);
    return new BillingError({
      code: error?.code ?? "platform_error",
      message: error?.message ?? `The platform answered ${status}`,
      status,
      requestId: error?.request_id ?? headers.get("x-request-id") ?? undefined,
      retryAfter: seconds >= 0 ? seconds : undefined,
      details: error?.details,
      hint: error?.hint,
      cause,
    });
  }
}

/** Not by class, because another realm or a polyfill has its own. */
const isResponse = (value: unknown): value is Response =>
  typeof value === "object" && value !== null && "headers" in value && "clone" in value;
