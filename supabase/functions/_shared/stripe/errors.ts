import type Stripe from "stripe";
import { AppError } from "../errors.ts";

/** Translates an error of the SDK, which stays as `cause`. https://docs.stripe.com/error-handling */
export function stripeError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { type, headers } = error as Partial<Stripe.errors.StripeError>;
  // An error in this code, which a retry would repeat.
  if (!type?.startsWith("Stripe")) return AppError.internal(undefined, error);
  if (type === "StripeAuthenticationError" || type === "StripePermissionError") {
    return AppError.notConfigured("STRIPE_SECRET_KEY is refused by Stripe, or lacks a permission", error);
  }
  return AppError.stripeUnavailable(error, Number(headers?.["retry-after"]) || undefined);
}

/** Refused by the rate limit: Stripe has changed nothing. */
export function isRateLimit(error: unknown): boolean {
  return causeOf(error)?.type === "StripeRateLimitError";
}

/** The object does not exist, or no longer exists. */
export function isMissing(error: unknown): boolean {
  return causeOf(error)?.code === "resource_missing";
}

/** Stripe refuses the request, and would refuse a repetition too. */
export function isInvalid(error: unknown): boolean {
  return causeOf(error)?.type === "StripeInvalidRequestError";
}

function causeOf(error: unknown): Partial<Stripe.errors.StripeError> | undefined {
  return error instanceof AppError ? error.cause as Partial<Stripe.errors.StripeError> | undefined : undefined;
}
