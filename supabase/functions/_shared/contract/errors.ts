import * as z from "zod/mini";
import { described } from "./described.ts";

/** Every error code that a caller can receive, and its HTTP status. */
export const STATUS = {
  invalid_request: 400,
  invalid_signature: 400,
  organization_required: 400,
  unauthenticated: 401,
  forbidden: 403,
  account_closed: 403,
  not_found: 404,
  customer_not_found: 404,
  price_not_offered: 404,
  session_not_found: 404,
  subscription_not_found: 404,
  method_not_allowed: 405,
  event_busy: 409,
  already_subscribed: 409,
  already_purchased: 409,
  payment_pending: 409,
  checkout_in_progress: 409,
  currency_mismatch: 409,
  already_canceling: 409,
  not_in_portal: 409,
  subscription_ended: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  internal: 500,
  not_configured: 503,
  customer_busy: 503,
  checkout_busy: 503,
  catalog_filling: 503,
  clerk_unavailable: 503,
  database_unavailable: 503,
  stripe_unavailable: 503,
} as const;

export type ErrorCode = keyof typeof STATUS;

/** One field that the caller should change. */
export const FieldError = z.object({
  field: described("Empty where the whole input is wrong.", z.string()),
  message: z.string(),
});
export type FieldError = z.infer<typeof FieldError>;

/** It names only what belongs to the owner. */
export const Hint = described(
  "What the user can do next, where the caller cannot know it.",
  z.object({
    action: z.enum(["portal", "resume", "pay", "wait", "use_currency"]),
    subscription: z.optional(z.string()),
    url: z.optional(z.string()),
    currency: z.optional(z.string()),
  }),
);
export type Hint = z.infer<typeof Hint>;

/** The body of every answer that is not a success. */
export const ErrorBody = z.object({
  error: z.object({
    code: z.enum(Object.keys(STATUS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    request_id: described("The same as in the log of the function.", z.string()),
    details: z.optional(z.array(FieldError)),
    hint: z.optional(Hint),
  }),
});
export type ErrorBody = z.infer<typeof ErrorBody>;
