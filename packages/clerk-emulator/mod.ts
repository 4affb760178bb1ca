/**
 * The local Clerk: what this repository uses of its Backend API, users, sessions, session tokens and the key set,
 * answered as the unmodified `@clerk/backend` expects it. https://clerk.com/docs/reference/backend-api
 */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { clerkError } from "./errors.ts";
import { sessions } from "./sessions.ts";
import { keySet, newSigningKey, publicPem } from "./signing_keys.ts";
import type { ClerkState } from "./state.ts";
import { signToken } from "./tokens.ts";
import { users } from "./users.ts";

export { type ClerkState, emptyState } from "./state.ts";
export { newSigningKey, publicPem, type SigningKey } from "./signing_keys.ts";
export { signToken } from "./tokens.ts";
export { createUser } from "./users.ts";

export interface ClerkOptions {
  readonly issuer: string;
  readonly secretKey: string;
  /** The origin that session tokens are made for. */
  readonly authorizedParty: string;
}

/** A Clerk instance over a state, which it changes in place. */
export function createClerk(state: ClerkState, options: ClerkOptions): Hono {
  const app = new Hono();
  const keys = () => Response.json(keySet(state.signingKeys));
  app.get("/.well-known/jwks.json", keys);

  const requireSecretKey = (authorization: string | undefined) => {
    if (authorization === `Bearer ${options.secretKey}`) return;
    const long = "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.";
    throw clerkError(401, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.", long);
  };
  app.use("/v1/*", async (c, next) => (requireSecretKey(c.req.header("authorization")), await next()));
  app.get("/v1/jwks", keys);
  app.route("/v1/users", users(state));
  app.route("/v1/sessions", sessions(state, options));

  // Not Clerk's: what a test needs.
  app.use("/_local/*", async (c, next) => (requireSecretKey(c.req.header("authorization")), await next()));
  /** A new signing key; `keep` older ones (default 1) stay in the key set, as during a rotation. */
  app.post("/_local/rotate", async (c) => {
    const { keep = 1 } = await c.req.json().catch(() => ({}));
    state.signingKeys = [...state.signingKeys.slice(state.signingKeys.length - keep), newSigningKey()];
    return keys();
  });
  /** Any claims, under any header, signed with the newest key. */
  app.post("/_local/sign", async (c) => {
    const { claims, header } = await c.req.json();
    return c.json({ jwt: await signToken(state, claims, header) });
  });
  /** The public keys as PEM, for `CLERK_JWT_KEY`. */
  app.get("/_local/pem", (c) => c.text(state.signingKeys.map(publicPem).join("")));

  app.notFound((c) => clerkError(404, "resource_not_found", `No route ${c.req.method} ${c.req.path}`).getResponse());
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof SyntaxError) {
      return clerkError(400, "request_body_invalid", "Request body invalid").getResponse();
    }
    throw error;
  });
  return app;
}
