import { clerkError } from "../errors.ts";

/** What a development instance accepts in place of a code that was sent. https://clerk.com/docs/guides/development/testing/test-emails-and-phones */
const TEST_CODE = "424242";

/** Milliseconds: Clerk's ten minutes. */
const LIFETIME = 600_000;

/** @throws HTTPException unless it is the test code, because no message is sent */
export function requireCode(code: string | undefined): void {
  if (code === TEST_CODE) return;
  const long = `Enter the code ${TEST_CODE}: this instance sends no messages.`;
  throw clerkError(422, "form_code_incorrect", "Incorrect code", long, { param_name: "code" });
}

/** How far an address or a factor is verified, as the SDK reads it. */
export const showVerification = (isVerified: boolean, strategy: string) => ({
  object: "verification",
  status: isVerified ? "verified" : "unverified",
  strategy,
  attempts: 0,
  expire_at: Date.now() + LIFETIME,
  error: null,
});
