import { decodeJwt, verifyJwt } from "@clerk/backend/jwt";
import { Cache } from "../cache.ts";
import { checkOrigins, clerkEnv } from "../env.ts";
import { AppError } from "../errors.ts";
import { type Organization, organizationOf } from "./organization.ts";
import { findSigningKeys } from "./signing_keys.ts";

export interface User {
  /** Clerk's `user_…`, from the token's `sub`. */
  readonly id: string;
  /** The active organization of the session. */
  readonly organization?: Organization;
  readonly claims: Record<string, unknown>;
}

/** A session token fits into a cookie of 4 KB; only templates make longer ones, which are not session tokens. */
const MAX_LENGTH = 8_192;
/** Milliseconds by which the clocks of Clerk and of this function may differ. */
const CLOCK_SKEW = 5_000;

const verified = new Cache<{ user: User; expires: number }>({ size: 1_000, fresh: 60_000 });

/**
 * The user of a Clerk session token.
 *
 * Checks what `verifyToken` of `@clerk/backend` does not: the issuer, tokens of a template, tokens of a machine and
 * sessions with pending tasks. https://clerk.com/docs/guides/sessions/manual-jwt-verification
 *
 * @throws AppError `unauthenticated`, `clerk_unavailable`, `not_configured`
 */
export async function verifyToken(token: string): Promise<User> {
  if (token.length > MAX_LENGTH) {
    throw AppError.unauthenticated(
      `The token is longer than ${MAX_LENGTH} characters`,
    );
  }
  const { user, expires } = await verified.get(token, () => verify(token));
  if (Date.now() >= expires) {
    throw AppError.unauthenticated("The token has expired");
  }
  return user;
}

/** Whether the token is one that was verified lately. It may have expired since. */
export const wasVerified = (token: string): boolean => verified.has(token);

async function verify(token: string) {
  const { authorizedParties, issuer } = clerkEnv();
  const claims = await verifySignature(token);
  const { sub, exp, iss, azp, sid, sts } = claims;

  if (iss !== issuer) {
    throw AppError.unauthenticated("The token has another issuer (iss)");
  }
  if (azp !== undefined && !authorizedParties.has(azp as string)) {
    // An entry that is no origin may be the one that is meant: then the operator is to act, not the caller.
    checkOrigins();
    throw AppError.unauthenticated("The token comes from an origin that is not authorized (azp)");
  }
  if (typeof sid !== "string" || sid === "") {
    throw AppError.unauthenticated("The token belongs to no session (no sid)");
  }
  if (typeof sub !== "string" || !/^user_\w+$/.test(sub)) {
    throw AppError.unauthenticated("The token belongs to no user (sub)");
  }
  if (sts === "pending") {
    throw AppError.unauthenticated("The session has pending tasks");
  }

  const user = { id: sub, organization: organizationOf(claims), claims };
  return { user, expires: (exp as number) * 1_000 + CLOCK_SKEW };
}

/** Signature and times, by Clerk's own library, with the algorithm pinned. */
async function verifySignature(token: string): Promise<Record<string, unknown>> {
  const { alg, kid } = decode(token);
  if (alg !== "RS256") {
    throw AppError.unauthenticated("The token is not signed with RS256");
  }

  const keys = await findSigningKeys(kid);
  let refusal: unknown = "unknown kid";
  for (const key of keys) {
    try {
      return await verifyJwt(token, { key, clockSkewInMs: CLOCK_SKEW }) as unknown as Record<string, unknown>;
    } catch (cause) {
      refusal = cause;
    }
  }
  throw AppError.unauthenticated(`The token was refused: ${reason(refusal)}`);
}

function decode(token: string): { alg: string; kid: string } {
  try {
    const { alg, kid } = decodeJwt(token).header;
    return { alg, kid };
  } catch {
    throw AppError.unauthenticated("The token is not a JWT");
  }
}

/** Clerk's reason, like `token-expired`. */
function reason(refusal: unknown): string {
  return (refusal as { reason?: string }).reason ?? String(refusal);
}
