import { AppError } from "../../errors.ts";
import { refusalOf } from "../../stripe/errors.ts";

/**
 * Stripe's refusal of a portal session as the caller's error; any other error unchanged. Stripe documents no codes for
 * them, so the parameter decides, and for a missing default configuration the beginning of the message.
 *
 * @param changes Whether the request names a change, which everything else is about.
 */
export function portalRefusal(error: unknown, changes: boolean): AppError {
  const refusal = refusalOf(error);
  if (refusal === undefined) return AppError.from(error);
  const { code, param, message } = refusal;
  if (param === "configuration" || message.startsWith("No configuration provided")) {
    return AppError.notConfigured(
      "Save the customer portal's settings at Stripe, or set STRIPE_PORTAL_CONFIGURATION",
      error,
    );
  }
  if (code === "resource_missing" && param === "customer") return AppError.customerNotFound();
  if (/return_url\]?$/.test(param)) {
    return AppError.invalidRequest([{ field: "return_url", message: "Give a URL that Stripe accepts" }]);
  }
  return changes ? AppError.notInPortal("Stripe refuses the change", error) : AppError.from(error);
}
