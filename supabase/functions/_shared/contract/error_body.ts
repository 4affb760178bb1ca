/** Apart from the codes: the functions need these schemas as types only, and no cold start pays for them. */
import * as z from "zod/mini";
import { described } from "./described.ts";
import { type ErrorCode, STATUS } from "./errors.ts";

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
