/** The browser, as Clerk knows it. https://clerk.com/docs/reference/javascript/client */
import { type Context, Hono } from "hono";
import { clerkError } from "../errors.ts";
import { createSession, isOpen } from "../sessions.ts";
import { type ClerkState, type Client, newId, type Session, type User } from "../state.ts";
import type { Frontend } from "./frontend.ts";
import { showSession } from "./show_session.ts";
import { showSignIn } from "./show_sign_in.ts";
import { showSignUp } from "./show_sign_up.ts";

export function clientRoutes(frontend: Frontend): Hono {
  const { state } = frontend;
  const app = new Hono();
  // A development instance keeps no cookie: the page sends this id with every request.
  app.post("/dev_browser", (c) => {
    const id = newId("dvb");
    state.clients[id] = {
      id: newId("client"),
      sessions: [],
      last_active_session_id: null,
      sign_in: null,
      sign_up: null,
      created_at: Date.now(),
    };
    return c.json({ id, object: "dev_browser" });
  });
  app.get("/client", async (c) => c.json({ response: await showClient(frontend, clientOf(state, c)), client: null }));
  return app;
}

/** The client of the browser that asks. @throws HTTPException that makes the SDK ask for a new id */
export function clientOf(state: ClerkState, c: Context): Client {
  const id = c.req.query("__clerk_db_jwt") ?? "";
  if (Object.hasOwn(state.clients, id)) return state.clients[id]!;
  const long =
    "Unable to authenticate this browser for your development instance. Check your Clerk cookies and try again.";
  throw clerkError(401, "dev_browser_unauthenticated", "Browser unauthenticated", long);
}

/** Who is signed in, where a request names no session. */
export function signedIn(state: ClerkState, c: Context): { client: Client; session: Session; user: User } {
  const client = clientOf(state, c);
  const id = c.req.query("_clerk_session_id") ?? client.last_active_session_id;
  const session = openSessions(state, client).find((session) => session.id === id);
  if (session === undefined) throw clerkError(401, "signed_out", "Signed out", "You are signed out");
  return { client, session, user: state.users[session.user_id]! };
}

/** @throws HTTPException where a user is signed in: the instance has one session a browser */
export function requireSignedOut(state: ClerkState, client: Client): void {
  if (openSessions(state, client).length === 0) return;
  const long = "You're currently in single session mode. You can only be signed into one account at a time.";
  throw clerkError(400, "session_exists", "Session already exists", long);
}

/** Opens a session, whose tokens are made for the page that asks. */
export function openSession(frontend: Frontend, c: Context, client: Client, user_id: string): Session {
  const azp = c.req.header("origin") ?? new URL(c.req.url).origin;
  const session = createSession(frontend.state, { user_id, azp });
  client.sessions.push(session.id);
  client.last_active_session_id = session.id;
  return session;
}

/** Ends sessions of a client, or all of them. */
export function endSessions(state: ClerkState, client: Client, ids: readonly string[] = client.sessions): void {
  for (const session of openSessions(state, client)) if (ids.includes(session.id)) session.status = "removed";
  client.sessions = client.sessions.filter((id) => !ids.includes(id));
  client.last_active_session_id = client.sessions.at(-1) ?? null;
}

/** An answer with what was asked for and the client as it now is, which the SDK takes over. */
export const answer = async (frontend: Frontend, c: Context, client: Client, response: unknown): Promise<Response> =>
  c.json({ response, client: await showClient(frontend, client) });

/** The sessions of a client that are neither ended nor deleted with their user. */
export const openSessions = (state: ClerkState, client: Client): Session[] =>
  client.sessions.map((id) => state.sessions[id]).filter((one) => one !== undefined).filter(isOpen);

export async function showClient(frontend: Frontend, client: Client) {
  const { state } = frontend;
  const sessions = openSessions(state, client);
  const active = sessions.find(({ id }) => id === client.last_active_session_id) ?? sessions.at(-1);
  return {
    object: "client",
    id: client.id,
    sessions: await Promise.all(sessions.map((session) => showSession(frontend, session))),
    sign_in: client.sign_in && showSignIn(state, client.sign_in),
    sign_up: client.sign_up && showSignUp(client.sign_up),
    last_active_session_id: active?.id ?? null,
    last_authentication_strategy: null,
    cookie_expires_at: null,
    captcha_bypass: false,
    created_at: client.created_at,
    updated_at: Date.now(),
  };
}
