import type { FieldError, Hint } from "./contract/error_body.ts";
import { type ErrorCode, STATUS } from "./contract/errors.ts";

interface Options {
  cause?: unknown;
  details?: FieldError[];
  hint?: Hint;
  headers?: Record<string, string>;
  /** Seconds until a retry makes sense; every 503 has one. */
  retryAfter?: number;
}

/** An error that the caller sees; {@link cause} goes to the log only. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly status: number;
  readonly details?: FieldError[];
  readonly hint?: Hint;
  readonly headers: Record<string, string>;

  constructor(readonly code: ErrorCode, message: string, options: Options = {}) {
    const { cause, details, hint, headers = {}, retryAfter } = options;
    super(message, { cause });
    this.status = STATUS[code];
    this.details = details;
    this.hint = hint;
    const seconds = retryAfter ?? (this.status === 503 ? 5 : undefined);
    this.headers = seconds === undefined
      ? headers
      : { ...headers, "retry-after": String(Math.max(1, Math.ceil(seconds))) };
  }

  /** The thrown value as an AppError. */
  static from(thrown: unknown): AppError {
    if (thrown instanceof AppError) return thrown;
    return AppError.internal(undefined, thrown);
  }

  /** @param reason For the log only. */
  static internal(reason: string | undefined, cause: unknown) {
    return new AppError("internal", "Something went wrong on our side", {
      cause: reason === undefined ? cause : new AppError("internal", reason, { cause }),
    });
  }

  static invalidRequest(details: FieldError[]) {
    return new AppError("invalid_request", "The request has invalid fields: see details", { details });
  }

  /** @param reason For the log only: the message has nothing that would help to forge a token. */
  static unauthenticated(reason: string) {
    return new AppError(
      "unauthenticated",
      "Send a valid Clerk session token as bearer",
      { cause: new AppError("unauthenticated", reason), headers: { "www-authenticate": "Bearer" } },
    );
  }

  static organizationRequired() {
    return new AppError(
      "organization_required",
      'The session has no active organization: activate one in Clerk and send its token, or send "for": "user"',
    );
  }

  /** @param roles The roles that are allowed. */
  static forbidden(role: string, roles: Iterable<string>) {
    return new AppError(
      "forbidden",
      `Your role "${role}" may not act on the billing of this organization: ask a member with the role ` +
        Array.from(roles, (allowed) => `"${allowed}"`).join(" or "),
    );
  }

  /** @param reason For the log only. */
  static invalidSignature(reason: string, cause?: unknown) {
    return new AppError(
      "invalid_signature",
      "Webhook signature verification failed",
      { cause: new AppError("invalid_signature", reason, { cause }) },
    );
  }

  /** Another call is processing the event. Not a success, so that Stripe sends the event again. */
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
    return new AppError("not_found", "No endpoint has this path: see docs/03-api.md for the paths");
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
    return new AppError("customer_not_found", "There is no customer yet: create it with POST stripe-customer");
  }

  static subscriptionNotFound() {
    return new AppError("subscription_not_found", "No such subscription: send the id of one of this owner's");
  }

  static subscriptionEnded() {
    return new AppError("subscription_ended", "The subscription has ended: buy a new one");
  }

  static alreadyCanceling(subscription: string) {
    return new AppError("already_canceling", "The subscription will end already: it can be resumed", {
      hint: { action: "resume", subscription },
    });
  }

  /** @param reason For the log only. */
  static notInPortal(reason: string, cause?: unknown) {
    return new AppError("not_in_portal", "The customer portal cannot make this change: ask the operator to", {
      cause: new AppError("not_in_portal", reason, { cause }),
    });
  }

  static sessionNotFound() {
    return new AppError(
      "session_not_found",
      "No such Checkout session: send the id that this owner's checkout answered",
    );
  }

  /** Another call is creating the customer, or an inconclusive failure is too recent to look the customer up. */
  static customerBusy(retryAfter?: number | null) {
    return new AppError(
      "customer_busy",
      "The customer is being created: try again soon",
      { retryAfter: retryAfter ?? 2 },
    );
  }

  static accountClosed() {
    return new AppError("account_closed", "This account was deleted and can buy nothing");
  }

  /** The same for unknown, archived and other prices. */
  static priceNotOffered() {
    return new AppError("price_not_offered", "No price on offer has this id: choose one of stripe-prices");
  }

  static alreadySubscribed(hint: Hint) {
    return new AppError("already_subscribed", "There is a subscription already: change it in the portal", { hint });
  }

  static alreadyPurchased() {
    return new AppError("already_purchased", "The product was purchased already");
  }

  static paymentPending(hint: Hint) {
    return new AppError("payment_pending", "An earlier payment is not decided yet: wait for it", { hint });
  }

  /** Stripe does not expire an open session, because its payment is in progress. */
  static checkoutInProgress() {
    return new AppError(
      "checkout_in_progress",
      "An earlier checkout is being paid: finish it, or try again soon",
      { hint: { action: "wait" }, retryAfter: 30 },
    );
  }

  /** @param own The customer's currency; null if only Stripe knows it. */
  static currencyMismatch(own: string | null, other: string) {
    return new AppError(
      "currency_mismatch",
      own === null
        ? `The customer cannot buy in "${other}": finish what was begun in another currency`
        : `The customer buys in "${own}" and cannot buy in "${other}": choose a price in "${own}"`,
      { hint: { action: "use_currency", ...own !== null && { currency: own } } },
    );
  }

  static checkoutBusy() {
    return new AppError("checkout_busy", "Other checkouts are under way: try again soon", { retryAfter: 2 });
  }

  static catalogFilling(retryAfter = 5) {
    return new AppError("catalog_filling", "The catalog is being listed at Stripe: try again soon", { retryAfter });
  }

  /** @param reason Names the variables, for the log only. */
  static notConfigured(reason: string, cause?: unknown) {
    return new AppError(
      "not_configured",
      "This service is not configured completely: its log says what is missing",
      { cause: new AppError("not_configured", reason, { cause }), retryAfter: 60 },
    );
  }

  static clerkUnavailable(cause: unknown) {
    return new AppError("clerk_unavailable", "Clerk could not be reached: try again soon", { cause });
  }

  static databaseUnavailable(cause: unknown) {
    return new AppError("database_unavailable", "The database could not be reached: try again soon", { cause });
  }

  static stripeUnavailable(cause: unknown, retryAfter?: number) {
    return new AppError("stripe_unavailable", "Stripe could not be reached: try again soon", { cause, retryAfter });
  }
}
