/** https://clerk.com/docs/reference/javascript/session */
import { type Context, Hono } from "hono";
import { notFound } from "../errors.ts";
import { requireOwnMembership } from "../memberships.ts";
import { createSessionToken } from "../sessions.ts";
import type { Client, Session } from "../state.ts";
import { answer, clientOf, endSessions, openSessions, showClient } from "./clients.ts";
import { fieldsOf } from "./fields.ts";
import type { Frontend } from "./frontend.ts";
import { showSession } from "./show_session.ts";

export function sessionRoutes(frontend: Frontend): Hono {
  const { state, issuer } = frontend;
  const app = new Hono();
  const find = (c: Context): { client: Client; session: Session } => {
    const client = clientOf(state, c);
    const id = c.req.param("id") ?? "";
    const session = openSessions(state, client).find((session) => session.id === id);
    if (session === undefined) throw notFound("session", id);
    return { client, session };
  };

  app.delete("/", async (c) => {
    const client = clientOf(state, c);
    endSessions(state, client);
    return await answer(frontend, c, client, await showClient(frontend, client));
  });
  for (const end of ["/:id/remove", "/:id/end"]) {
    app.post(end, async (c) => {
      const { client, session } = find(c);
      const shown = { ...await showSession(frontend, session), status: "removed" };
      endSessions(state, client, [session.id]);
      return await answer(frontend, c, client, shown);
    });
  }
  // Selects the session, and the active organization: an empty one is the personal account.
  app.post("/:id/touch", async (c) => {
    const { client, session } = find(c);
    const { active_organization_id: organization } = await fieldsOf(c);
    if (organization) requireOwnMembership(state, organization, session.user_id);
    if (organization !== undefined) session.last_active_organization_id = organization || null;
    client.last_active_session_id = session.id;
    return await answer(frontend, c, client, await showSession(frontend, session));
  });
  app.post("/:id/tokens", async (c) => {
    const { session } = find(c);
    const { organization_id } = await fieldsOf(c);
    if (organization_id) requireOwnMembership(state, organization_id, session.user_id);
    const active = organization_id === undefined ? session.last_active_organization_id : organization_id || null;
    const shown = { ...session, last_active_organization_id: active };
    return c.json({ object: "token", jwt: await createSessionToken(state, shown, { issuer }) });
  });
  app.post("/:id/tokens/:template", async (c) => {
    const options = { issuer, template: c.req.param("template") };
    return c.json({ object: "token", jwt: await createSessionToken(state, find(c).session, options) });
  });
  return app;
}
