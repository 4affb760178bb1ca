import { AppError } from "../errors.ts";
import type { Caller } from "./serve.ts";

/**
 * Guard for a caller that sends a shared secret as bearer.
 *
 * @param secret Throws `not_configured` when there is none, which refuses every caller.
 */
export const requireSecret = (name: string, secret: () => string) => async (request: Request): Promise<Caller> => {
  const [, sent = ""] = request.headers.get("authorization")?.match(/^Bearer +(\S+)$/i) ?? [];
  if (!isEqual(await digest(sent), await digest(secret()))) throw AppError.wrongSecret();
  return { id: name };
};

const digest = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

/** Compares digests in constant time, so that neither the length nor a prefix of the secret can be guessed. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0;
  for (const [place, byte] of one.entries()) difference |= byte ^ other[place]!;
  return difference === 0;
}
