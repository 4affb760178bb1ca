/** The signed-in user. https://clerk.com/docs/reference/javascript/user */
import { Hono } from "hono";
import { clerkError, notFound } from "../errors.ts";
import { acceptInvitation, invitationsFor } from "../invitations.ts";
import { findMembership, leaveOrganization, membershipsOf } from "../memberships.ts";
import { pageOf, queryOf } from "../pages.ts";
import { deleteUser, setFields } from "../users.ts";
import { answer, openSessions, signedIn } from "./clients.ts";
import { emailAddressRoutes } from "./email_addresses.ts";
import { fieldsOf } from "./fields.ts";
import type { Frontend } from "./frontend.ts";
import { requirePasswordLength } from "./passwords.ts";
import { publicInvitation, publicMembership } from "./show_organization.ts";
import { showSession, showUser } from "./show_session.ts";

/** What a user may change without another check; the SDK sends an empty text for null. */
const EDITABLE = ["first_name", "last_name", "primary_email_address_id"];

export function meRoutes(frontend: Frontend): Hono {
  const { state, emit } = frontend;
  const app = new Hono();

  app.route("/email_addresses", emailAddressRoutes(frontend));
  app.get("/", (c) => {
    const { client, user } = signedIn(state, c);
    return answer(frontend, c, client, showUser(state, user));
  });
  app.patch("/", async (c) => {
    const { client, user } = signedIn(state, c);
    const fields = Object.entries(await fieldsOf(c)).filter(([name]) => EDITABLE.includes(name));
    setFields(user, Object.fromEntries(fields.map(([name, value]) => [name, value || null])));
    emit("user.updated", user);
    return await answer(frontend, c, client, showUser(state, user));
  });
  app.delete("/", async (c) => {
    const { client, user } = signedIn(state, c);
    const deleted = deleteUser(state, user);
    emit("user.deleted", deleted);
    return await answer(frontend, c, client, deleted);
  });
  app.post("/change_password", async (c) => {
    const { client, user } = signedIn(state, c);
    const { current_password, new_password = "" } = await fieldsOf(c);
    if (Object.hasOwn(state.passwords, user.id) && current_password !== state.passwords[user.id]) {
      const message = "Password is incorrect. Try again, or use another method.";
      throw clerkError(422, "form_password_incorrect", message, message, { param_name: "current_password" });
    }
    requirePasswordLength(new_password);
    state.passwords[user.id] = new_password;
    user.updated_at = Date.now();
    emit("user.updated", user);
    return await answer(frontend, c, client, showUser(state, user));
  });

  // The devices, which the SDK reads without the usual frame.
  app.get("/sessions/active", async (c) => {
    const { client } = signedIn(state, c);
    return c.json(await Promise.all(openSessions(state, client).map((session) => showSession(frontend, session))));
  });

  app.get("/organization_memberships", (c) => {
    const { client, user } = signedIn(state, c);
    const all = membershipsOf(state, { user: user.id }).map((membership) => publicMembership(state, membership));
    return answer(frontend, c, client, { data: pageOf(all, queryOf(c)), total_count: all.length });
  });
  app.delete("/organization_memberships/:id", async (c) => {
    const { client, user } = signedIn(state, c);
    const id = c.req.param("id");
    const membership = findMembership(state, id, user.id);
    if (membership === undefined) throw notFound("organization membership", id);
    leaveOrganization(state, membership);
    return await answer(frontend, c, client, { id, object: "organization_membership", deleted: true });
  });
  app.get("/organization_invitations", (c) => {
    const { client, user } = signedIn(state, c);
    const all = invitationsFor(state, user, queryOf(c)).map((invitation) => publicInvitation(state, invitation));
    return answer(frontend, c, client, { data: pageOf(all, queryOf(c)), total_count: all.length });
  });
  app.post("/organization_invitations/:id/accept", async (c) => {
    const { client, user } = signedIn(state, c);
    const invitation = acceptInvitation(state, c.req.param("id"), user);
    return await answer(frontend, c, client, publicInvitation(state, invitation));
  });
  // An instance without domains suggests no organizations.
  app.get("/organization_suggestions", (c) => {
    const { client } = signedIn(state, c);
    return answer(frontend, c, client, { data: [], total_count: 0 });
  });
  return app;
}
