/** Addresses to which Stripe sends the browser back. Read as text only: two parsers may read one URL differently. */
import * as z from "zod/mini";

const MAX_LENGTH = 2_000;

/** Passed on unchanged, because a URL that is written again loses Stripe's `{CHECKOUT_SESSION_ID}`. */
export const redirect = () => {
  const message =
    `Give a URL of at most ${MAX_LENGTH} characters, without whitespace, control characters and backslashes`;
  return z.string(message).check(
    z.maxLength(MAX_LENGTH, message),
    z.refine((url) => !/[\s\\\p{Cc}\p{Cf}\p{Cs}]/u.test(url), message),
  );
};

/** Whether the URL is the origin, followed by its end or by a path, query or fragment. */
export const isOfOrigin = (url: string, origin: string): boolean =>
  url.startsWith(origin) && /^([/?#]|$)/.test(url.slice(origin.length));
