import { type ErrorCode, type FieldError, STATUS } from "./contract/errors.ts";

interface Options {
  cause?: unknown;
  details?: FieldError[];
  headers?: Record<string, string>;
  /** Seconds until asking again makes sense; every 503 has one. */
  retryAfter?: number;
}

/** An error that a caller may see; {@link cause} is for the log alone. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly status: number;
  readonly details?: FieldError[];
  readonly headers: Record<string, string>;

  constructor(readonly code: ErrorCode, message: string, { cause, details, headers = {}, retryAfter }: Options = {}) {
    super(message, { cause });
    this.status = STATUS[code];
    this.details = details;
    const seconds = retryAfter ?? (this.status === 503 ? 5 : undefined);
    this.headers = seconds === undefined
      ? headers
      : { ...headers, "retry-after": String(Math.max(1, Math.ceil(seconds))) };
  }

  /** Whatever was thrown, as an error of ours. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    return AppError.internal(undefined, thrown);
  }

  /** @param reason For the log alone. */
  static internal(reason: string | undefined, cause: unknown) {
    return new AppError("internal", "Something went wrong on our side", {
      cause: reason === undefined ? cause : new AppError("internal", reason, { cause }),
    });
  }

  static invalidRequest(details: FieldError[]) {
    return new AppError("invalid_request", "The request has invalid fields: see details", { details });
  }

  /** @param reason Goes to the log; a caller is told nothing that would help to forge a token. */
  static unauthenticated(reason: string) {
    return new AppError(
      "unauthenticated",
      "Send a valid Clerk session token as bearer",
      { cause: new AppError("unauthenticated", reason), headers: { "www-authenticate": "Bearer" } },
    );
  }

  /** @param reason Goes to the log. */
  static invalidSignature(reason: string, cause?: unknown) {
    return new AppError(
      "invalid_signature",
      "The signature does not fit: only Stripe may send events here",
      { cause: new AppError("invalid_signature", reason, { cause }) },
    );
  }

  /** Somebody else is at this event; it must not be taken for done. */
  static eventBusy() {
    return new AppError("event_busy", "The event is being processed: send it again later", { retryAfter: 30 });
  }

  static wrongSecret() {
    return new AppError(
      "unauthenticated",
      "Send the secret of this deployment as bearer",
      { headers: { "www-authenticate": "Bearer" } },
    );
  }

  static notFound() {
    return new AppError("not_found", "Nothing is here: see docs/03-api.md for the paths");
  }

  static methodNotAllowed(method: string, allow: string) {
    return new AppError(
      "method_not_allowed",
      `Method "${method}" is not allowed: use ${allow}`,
      { headers: { allow } },
    );
  }

  static payloadTooLarge(bytes: number) {
    return new AppError(
      "payload_too_large",
      `The body is larger than ${bytes} bytes`,
    );
  }

  static unsupportedMediaType() {
    return new AppError("unsupported_media_type", "Send the body as application/json");
  }

  static customerNotFound() {
    return new AppError("customer_not_found", "This user has no customer yet: create it with POST stripe-customer");
  }

  /** Somebody else is at this user's customer, or a failure is too fresh to look behind it. */
  static customerBusy(retryAfter?: number | null) {
    return new AppError(
      "customer_busy",
      "The customer is being created: ask again soon",
      { retryAfter: retryAfter ?? 2 },
    );
  }

  static catalogFilling(retryAfter = 5) {
    return new AppError("catalog_filling", "The catalog is being read from Stripe: ask again soon", { retryAfter });
  }

  /** @param reason Names the variables, for the log alone. */
  static notConfigured(reason: string, cause?: unknown) {
    return new AppError(
      "not_configured",
      "This service is not configured completely: its log says what is missing",
      { cause: new AppError("not_configured", reason, { cause }), retryAfter: 60 },
    );
  }

  static clerkUnavailable(cause: unknown) {
    return new AppError("clerk_unavailable", "Clerk could not be reached: ask again soon", { cause });
  }

  static databaseUnavailable(cause: unknown) {
    return new AppError("database_unavailable", "The database could not be reached: ask again soon", { cause });
  }

  static stripeUnavailable(cause: unknown, retryAfter?: number) {
    return new AppError("stripe_unavailable", "Stripe could not be reached: ask again soon", { cause, retryAfter });
  }
}
