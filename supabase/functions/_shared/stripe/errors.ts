import type Stripe from "stripe";
import { AppError } from "../errors.ts";

/** Translates what the SDK throws; the original stays as `cause`. https://docs.stripe.com/error-handling */
export function stripeError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { type, headers } = error as Partial<Stripe.errors.StripeError>;
  // Not Stripe's, so our own mistake, which the next try would make again.
  if (!type?.startsWith("Stripe")) return AppError.internal(undefined, error);
  if (type === "StripeAuthenticationError" || type === "StripePermissionError") {
    return AppError.notConfigured("STRIPE_SECRET_KEY is refused by Stripe, or lacks a permission", error);
  }
  return AppError.stripeUnavailable(error, Number(headers?.["retry-after"]) || undefined);
}

/** Refused for its rate: Stripe has done nothing. */
export function isRateLimit(error: unknown): boolean {
  return causeOf(error)?.type === "StripeRateLimitError";
}

/** Stripe has no such object, or has it no more. */
export function isMissing(error: unknown): boolean {
  return causeOf(error)?.code === "resource_missing";
}

/** Stripe does not take the request, and will not take it the next time. */
export function isInvalid(error: unknown): boolean {
  return causeOf(error)?.type === "StripeInvalidRequestError";
}

/** Stripe does not take the value of this parameter. */
export function isRefused(error: unknown, parameter: string): boolean {
  return isInvalid(error) && causeOf(error)?.param === parameter;
}

function causeOf(error: unknown): Partial<Stripe.errors.StripeError> | undefined {
  return error instanceof AppError ? error.cause as Partial<Stripe.errors.StripeError> | undefined : undefined;
}
