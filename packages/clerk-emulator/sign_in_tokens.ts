/** https://clerk.com/docs/reference/backend-api/tag/sign-in-tokens */
import { type Context, Hono } from "hono";
import { clerkError, missingParameter, notFound } from "./errors.ts";
import { requireUser } from "./find.ts";
import { type ClerkState, newId, type SignInToken } from "./state.ts";

/** Clerk's default: 30 days. */
const LIFETIME_SECONDS = 2_592_000;

export function signInTokenRoutes(state: ClerkState): Hono {
  const app = new Hono();
  app.post("/", async (c) => {
    const { user_id, expires_in_seconds = LIFETIME_SECONDS } = await c.req.json();
    if (!user_id) throw missingParameter("user_id");
    const token = newId("ticket");
    const now = Date.now();
    const made: SignInToken = {
      id: newId("sit"),
      user_id: requireUser(state, user_id).id,
      status: "pending",
      expires_at: now + expires_in_seconds * 1_000,
      created_at: now,
      updated_at: now,
    };
    state.sign_in_tokens[token] = made;
    return c.json({ ...shown(made), token });
  });
  app.post("/:id/revoke", (c: Context) => {
    const id = c.req.param("id") ?? "";
    const found = Object.values(state.sign_in_tokens).find((one) => one.id === id);
    if (found === undefined) throw notFound("sign in token", id);
    if (found.status === "pending") Object.assign(found, { status: "revoked", updated_at: Date.now() });
    return c.json(shown(found));
  });
  return app;
}

/** Uses a token up, which is good for one sign-in. @returns The id of its user */
export function redeemSignInToken(state: ClerkState, token: string): string {
  const found = Object.hasOwn(state.sign_in_tokens, token) ? state.sign_in_tokens[token] : undefined;
  if (found === undefined) throw clerkError(400, "ticket_invalid_code", "Ticket is invalid");
  if (found.expires_at <= Date.now()) throw clerkError(400, "ticket_expired_code", "Ticket has expired");
  if (found.status !== "pending") {
    throw clerkError(400, "sign_in_token_already_used_code", "This sign in token has already been used");
  }
  Object.assign(found, { status: "accepted", updated_at: Date.now() });
  return requireUser(state, found.user_id).id;
}

const shown = (token: SignInToken) => ({ object: "sign_in_token", url: "", ...token });
