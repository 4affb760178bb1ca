import type Stripe from "stripe";
import { AppError } from "../errors.ts";

/** Translates an error of the SDK, which stays as `cause`. https://docs.stripe.com/error-handling */
export function stripeError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { type, headers } = error as Partial<Stripe.errors.StripeError>;
  // An error in this code, which a retry would repeat.
  if (!type?.startsWith("Stripe")) return AppError.internal(undefined, error);
  if (type === "StripeAuthenticationError") {
    return AppError.notConfigured("STRIPE_SECRET_KEY is refused by Stripe", error);
  }
  if (type === "StripePermissionError") {
    const [permission = "a permission"] = (error as Error).message?.match(/\brak_\w+/) ?? [];
    return AppError.notConfigured(`STRIPE_SECRET_KEY lacks ${permission}`, error);
  }
  return AppError.stripeUnavailable(error, Number(headers?.["retry-after"]) || undefined);
}

/** Refused by the rate limit: Stripe has changed nothing. */
export function isRateLimit(error: unknown): boolean {
  return causeOf(error)?.type === "StripeRateLimitError";
}

/** Refusals that Stripe sends before it executes a request: the rate limit, the key and its permissions. */
const BEFORE_EXECUTION = ["StripeRateLimitError", "StripeAuthenticationError", "StripePermissionError"];

/**
 * Stripe refused the request before it executed it: nothing was created, and the refusal is not stored under the
 * idempotency key. Other refusals may be stored, a 400 too. Stripe's page does not name the 403; a replayed answer says
 * that it was stored. https://docs.stripe.com/error-low-level#idempotency
 */
export function isNotExecuted(error: unknown): boolean {
  const { type, headers } = causeOf(error) ?? {};
  return BEFORE_EXECUTION.includes(type ?? "") && headers?.["idempotent-replayed"] !== "true";
}

/** A restricted key lacks a permission: every request of the same kind is refused. https://docs.stripe.com/keys/restricted-api-keys */
export function isForbidden(error: unknown): boolean {
  return causeOf(error)?.type === "StripePermissionError";
}

/** The parameters of a request that name other objects than the one it is about. */
const CURSORS = ["starting_after", "ending_before"];

/**
 * The object that the request is about does not exist: it answers 404 for an id in the path. The same code with 400 is
 * about a parameter, such as a cursor, and says nothing of the object. https://docs.stripe.com/error-codes#resource-missing
 *
 * @param filter The parameter that holds the object's own id, for a list of what belongs to it.
 */
export function isMissing(error: unknown, filter?: string): boolean {
  const { code, statusCode, param } = causeOf(error) ?? {};
  if (code !== "resource_missing" || CURSORS.includes(param ?? "")) return false;
  return statusCode === 404 || (filter !== undefined && param === filter);
}

/** The object of the list's cursor does not exist any more. */
export function isMissingCursor(error: unknown): boolean {
  const { code, param } = causeOf(error) ?? {};
  return code === "resource_missing" && CURSORS.includes(param ?? "");
}

/** Stripe refuses the request, and would refuse a repetition too. */
export function isInvalid(error: unknown): boolean {
  return causeOf(error)?.type === "StripeInvalidRequestError";
}

/** What Stripe says of a request that it refuses as invalid; the message may contain input, so it is never logged. */
export function refusalOf(error: unknown): { code: string; param: string; message: string } | undefined {
  if (!isInvalid(error)) return undefined;
  const { code = "", param = "", message = "" } = causeOf(error) ?? {};
  return { code, param, message };
}

function causeOf(error: unknown): Partial<Stripe.errors.StripeError> | undefined {
  if (!(error instanceof AppError)) return undefined;
  // not_configured has its reason in between.
  const cause = error.cause instanceof AppError ? error.cause.cause : error.cause;
  return cause as Partial<Stripe.errors.StripeError> | undefined;
}
