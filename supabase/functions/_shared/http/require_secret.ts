import { AppError } from "../errors.ts";
import type { Caller } from "./serve.ts";

/**
 * A guard for a caller of ours who has no account: whoever knows the secret.
 *
 * @param secret Throws `not_configured` when there is none, which lets nobody in.
 */
export const requireSecret = (name: string, secret: () => string) => async (request: Request): Promise<Caller> => {
  const [, given = ""] = request.headers.get("authorization")?.match(/^Bearer +(\S+)$/i) ?? [];
  const [one, other] = await Promise.all([digest(given), digest(secret())]);
  if (!isEqual(one, other)) throw AppError.wrongSecret();
  return { id: name };
};

const digest = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));

/** In the same time whatever differs; and of digests, so that neither the length nor the beginning can be guessed. */
function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  let difference = 0;
  for (const [place, byte] of one.entries()) difference |= byte ^ other[place]!;
  return difference === 0;
}
