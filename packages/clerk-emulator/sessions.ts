/** https://clerk.com/docs/reference/backend-api/tag/sessions */
import { type Context, Hono } from "hono";
import { clerkError, notFound } from "./errors.ts";
import { requireSession, requireUser } from "./find.ts";
import { findMembership } from "./memberships.ts";
import { type ClerkState, newId, type Session } from "./state.ts";
import { signToken } from "./tokens.ts";

/** Clerk's default. */
const LIFETIME_SECONDS = 60;

export interface TokenOptions {
  readonly issuer: string;
  /** Seconds; default a minute. */
  readonly lifetime?: number;
  /** The name of a template, whose tokens have none of the session's claims. */
  readonly template?: string;
}

/** A token of a session. */
export function createSessionToken(
  state: ClerkState,
  session: Session,
  { issuer, lifetime = LIFETIME_SECONDS, template }: TokenOptions,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return signToken(state, {
    iss: issuer,
    sub: session.user_id,
    iat: now,
    nbf: now - 10,
    exp: now + lifetime,
    // Clerk's Supabase integration adds it to every token of the instance.
    role: "authenticated",
    ...(template === undefined ? sessionClaims(state, session) : {}),
  });
}

/** Adds an active session. */
export function createSession(
  state: ClerkState,
  { user_id, azp, status = "active" }: Pick<Session, "user_id" | "azp"> & Partial<Pick<Session, "status">>,
): Session {
  const session: Session = {
    id: newId("sess"),
    object: "session",
    user_id,
    status,
    azp,
    last_active_organization_id: null,
    created_at: Date.now(),
  };
  return state.sessions[session.id] = session;
}

/** Whether its user is signed in with it. */
export const isOpen = ({ status }: Session): boolean => status === "active" || status === "pending";

export interface SessionOptions {
  readonly issuer: string;
  /** The origin that a session's tokens are made for, unless the session names another. */
  readonly authorizedParty: string;
}

export function sessionRoutes(state: ClerkState, { issuer, authorizedParty }: SessionOptions): Hono {
  const app = new Hono();
  const find = (c: Context) => requireSession(state, c.req.param("id") ?? "");

  app.get("/", (c) => {
    const user = c.req.query("user_id");
    return c.json(Object.values(state.sessions).filter(({ user_id }) => user === undefined || user_id === user));
  });
  // "azp" and "status" are not Clerk's: tests need sessions of every kind.
  app.post("/", async (c) => {
    const { user_id, status, azp = authorizedParty } = await c.req.json();
    return c.json(createSession(state, { user_id: requireUser(state, user_id).id, status, azp }));
  });
  app.get("/:id", (c) => c.json(find(c)));
  app.post("/:id/revoke", (c) => c.json(Object.assign(find(c), { status: "revoked" })));

  async function createToken(c: Context, template?: string): Promise<Response> {
    const session = find(c);
    if (!isOpen(session)) throw notFound("active session", session.id);
    const lifetime = lifetimeOf(await c.req.json().catch(() => ({})));
    return c.json({ object: "token", jwt: await createSessionToken(state, session, { issuer, lifetime, template }) });
  }
  app.post("/:id/tokens", (c) => createToken(c));
  app.post("/:id/tokens/:template", (c) => createToken(c, c.req.param("template")));
  return app;
}

/** The claims of version 2, which only a session's token has. https://clerk.com/docs/guides/sessions/session-tokens */
function sessionClaims(state: ClerkState, session: Session) {
  const { id, azp, status } = session;
  return {
    ...(azp === null ? {} : { azp }),
    fva: [0, -1],
    ...organizationClaim(state, session),
    sid: id,
    sts: status,
    v: 2,
  };
}

/** `o`, absent without an active organization. `per` and `fpm` are absent too: they name permissions of features only. */
function organizationClaim(state: ClerkState, { last_active_organization_id: id, user_id }: Session) {
  const organization = state.organizations[id ?? ""];
  if (organization === undefined) return {};
  const membership = findMembership(state, organization.id, user_id);
  if (membership === undefined) return {};
  return { o: { id: organization.id, rol: membership.role.replace(/^org:/, ""), slg: organization.slug } };
}

function lifetimeOf({ expires_in_seconds }: { expires_in_seconds?: number | null }): number {
  if (expires_in_seconds === undefined || expires_in_seconds === null) return LIFETIME_SECONDS;
  if (expires_in_seconds >= 30 && expires_in_seconds <= 315_360_000) return expires_in_seconds;
  throw clerkError(422, "form_param_value_invalid", "expires_in_seconds must be between 30 and 315360000");
}
