import { clerkError } from "../errors.ts";

/** Clerk's defaults. */
export const PASSWORD_LENGTH = { min_length: 8, max_length: 72 };

/** @throws HTTPException for a password that is too short */
export function requirePasswordLength(password: string): void {
  if (password.length >= PASSWORD_LENGTH.min_length) return;
  const message = `Passwords must be ${PASSWORD_LENGTH.min_length} characters or more.`;
  throw clerkError(422, "form_password_length_too_short", message, message, { param_name: "password" });
}
