interface ErrorFields {
  type?: "invalid_request_error" | "idempotency_error" | "api_error" | "card_error";
  code?: string;
  decline_code?: string;
  message: string;
  param?: string;
}

/** An error answer: https://docs.stripe.com/api/errors */
export class StripeError extends Error {
  readonly fields: ErrorFields;

  constructor(readonly status: number, fields: ErrorFields, readonly headers: Record<string, string> = {}) {
    super(fields.message);
    this.fields = { type: "invalid_request_error", ...fields };
  }

  body(requestId: string, account: string) {
    const { code, decline_code, message, param, type } = this.fields;
    return {
      error: {
        ...(code && { code, doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}` }),
        ...(decline_code && { decline_code }),
        message,
        ...(param && { param }),
        request_log_url: `https://dashboard.stripe.com/${account}/test/workbench/logs?object=${requestId}`,
        type,
      },
    };
  }
}

/** A 400 error, with the parameter that caused it. */
export const invalid = (message: string, param?: string, code?: string) =>
  new StripeError(400, { code, message, param });

/** The error for an unknown id: 404 in the path, 400 in a parameter. */
export const noSuch = (kind: string, id: string, param: string, status: 400 | 404 = 400) =>
  new StripeError(status, { code: "resource_missing", message: `No such ${kind}: '${id}'`, param });

export function unrecognizedUrl(method: string, path: string): StripeError {
  const hint = path.endsWith("/")
    ? " If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code."
    : "";
  const message =
    `Unrecognized request URL (${method}: ${path}).${hint} Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
  return new StripeError(404, { message });
}

/** https://docs.stripe.com/rate-limits */
export function rateLimited(retryAfter = 1, reason = "endpoint-rate"): StripeError {
  const message = "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.";
  const headers = { "retry-after": String(retryAfter), "stripe-rate-limited-reason": reason };
  return new StripeError(429, { code: "rate_limit", message }, headers);
}

/** The 429 of the limits of one subscription; that it looks like other rate limits is assumed. */
export const subscriptionLimited = () => rateLimited(1, "resource-specific");

export const serverError = () => new StripeError(500, { type: "api_error", message: "An unknown error occurred" });
