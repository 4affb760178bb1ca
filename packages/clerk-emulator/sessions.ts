/** https://clerk.com/docs/reference/backend-api/tag/sessions */
import { type Context, Hono } from "hono";
import { clerkError, notFound } from "./errors.ts";
import { type ClerkState, newId, type Session } from "./state.ts";
import { signToken } from "./tokens.ts";

/** Clerk's own default. */
const LIFETIME_SECONDS = 60;

export interface SessionOptions {
  readonly issuer: string;
  /** The origin that a session's tokens are made for, unless the session names another. */
  readonly authorizedParty: string;
}

export function sessions(state: ClerkState, { issuer, authorizedParty }: SessionOptions): Hono {
  const app = new Hono();
  const find = (id: string): Session => {
    const session = state.sessions[id];
    if (session === undefined) throw notFound("session", id);
    return session;
  };

  app.get("/", (c) => {
    const user = c.req.query("user_id");
    return c.json(Object.values(state.sessions).filter(({ user_id }) => user === undefined || user_id === user));
  });
  // "azp" and "status" are not Clerk's: they make the sessions that a test needs.
  app.post("/", async (c) => {
    const { user_id, status = "active", azp = authorizedParty } = await c.req.json();
    if (state.users[user_id] === undefined) throw notFound("user", user_id);
    const session: Session = {
      id: newId("sess"),
      object: "session",
      user_id,
      status,
      azp,
      created_at: Date.now(),
    };
    return c.json(state.sessions[session.id] = session);
  });
  app.get("/:id", (c) => c.json(find(c.req.param("id"))));
  app.post("/:id/revoke", (c) => c.json(Object.assign(find(c.req.param("id")), { status: "revoked" })));

  async function createToken(c: Context, template?: string): Promise<Response> {
    const session = find(c.req.param("id") ?? "");
    if (session.status === "revoked") throw notFound("active session", session.id);
    const lifetime = lifetimeOf(await c.req.json().catch(() => ({})));
    const now = Math.floor(Date.now() / 1000);
    const jwt = await signToken(state, {
      iss: issuer,
      sub: session.user_id,
      iat: now,
      nbf: now - 10,
      exp: now + lifetime,
      // What Clerk's Supabase integration adds to every token of the instance.
      role: "authenticated",
      ...(template === undefined ? sessionClaims(session) : {}),
    });
    return c.json({ object: "token", jwt });
  }
  app.post("/:id/tokens", (c) => createToken(c));
  app.post("/:id/tokens/:template", (c) => createToken(c, c.req.param("template")));
  return app;
}

/** What only the token of a session has. https://clerk.com/docs/guides/sessions/session-tokens */
const sessionClaims = ({ id, azp, status }: Session) => ({
  ...(azp === null ? {} : { azp }),
  fva: [0, -1],
  sid: id,
  sts: status,
  v: 2,
});

function lifetimeOf({ expires_in_seconds }: { expires_in_seconds?: number | null }): number {
  if (expires_in_seconds === undefined || expires_in_seconds === null) return LIFETIME_SECONDS;
  if (expires_in_seconds >= 30 && expires_in_seconds <= 315_360_000) return expires_in_seconds;
  throw clerkError(422, "form_param_value_invalid", "expires_in_seconds must be between 30 and 315360000");
}
