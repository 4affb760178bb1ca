/** https://clerk.com/docs/reference/javascript/organization */
import { type Context, Hono } from "hono";
import { clerkError } from "../errors.ts";
import { createInvitation, listInvitations, revokeInvitation } from "../invitations.ts";
import {
  changeRole,
  createMembership,
  leaveOrganization,
  listMemberships,
  requireMembership,
  requireOwnMembership,
  showMembership,
  showRoles,
} from "../memberships.ts";
import { createOrganization, deleteOrganization, updateOrganization } from "../organizations.ts";
import { queryOf } from "../pages.ts";
import type { Client, Membership, Organization } from "../state.ts";
import { answer, signedIn } from "./clients.ts";
import { fieldsOf } from "./fields.ts";
import type { Frontend } from "./frontend.ts";
import { publicInvitation, publicMembership, publicOrganization } from "./show_organization.ts";

export function organizationRoutes(frontend: Frontend): Hono {
  const { state, emit } = frontend;
  const app = new Hono();

  /** The signed-in user's own membership. @throws HTTPException unless there is one, with the permission */
  function find(c: Context, permission?: string): { client: Client; organization: Organization } {
    const { client, user } = signedIn(state, c);
    const own = requireOwnMembership(state, c.req.param("id") ?? "", user.id);
    if (permission !== undefined && !showMembership(state, own).permissions.includes(permission)) {
      throw clerkError(403, "missing_permission", "missing permission", `This action needs ${permission}.`);
    }
    return { client, organization: state.organizations[own.organization_id]! };
  }
  const manage = (c: Context) => find(c, "org:sys_memberships:manage");
  const member = (c: Context, { id }: Organization): Membership =>
    requireMembership(state, id, c.req.param("user") ?? "");

  app.post("/", async (c) => {
    const { client, user } = signedIn(state, c);
    const { name, slug } = await fieldsOf(c);
    const organization = createOrganization(state, { name, slug: slug || undefined, created_by: user.id });
    emit("organization.created", organization);
    return await answer(frontend, c, client, publicOrganization(state, organization));
  });
  app.get("/:id", (c) => {
    const { client, organization } = find(c);
    return answer(frontend, c, client, publicOrganization(state, organization));
  });
  app.patch("/:id", async (c) => {
    const { client, organization } = find(c, "org:sys_profile:manage");
    const { name, slug } = await fieldsOf(c);
    const updated = updateOrganization(state, organization, { name, slug: slug || undefined });
    emit("organization.updated", updated);
    return await answer(frontend, c, client, publicOrganization(state, updated));
  });
  app.delete("/:id", async (c) => {
    const { client, organization } = find(c, "org:sys_profile:delete");
    const deleted = deleteOrganization(state, organization);
    emit("organization.deleted", deleted);
    return await answer(frontend, c, client, deleted);
  });
  // The instance has no domains, by which users could ask to join.
  for (const path of ["/:id/domains", "/:id/membership_requests"]) {
    app.get(path, (c) => answer(frontend, c, find(c).client, { data: [], total_count: 0 }));
  }
  app.get("/:id/roles", (c) => {
    const { client } = find(c);
    const data = showRoles();
    return answer(frontend, c, client, { data, total_count: data.length });
  });

  app.get("/:id/memberships", (c) => {
    const { client, organization } = find(c, "org:sys_memberships:read");
    return answer(frontend, c, client, listMemberships(state, organization.id, queryOf(c), publicMembership));
  });
  app.post("/:id/memberships", async (c) => {
    const { client, organization } = manage(c);
    const membership = createMembership(state, organization.id, await fieldsOf(c));
    return await answer(frontend, c, client, publicMembership(state, membership));
  });
  app.patch("/:id/memberships/:user", async (c) => {
    const { client, organization } = manage(c);
    const changed = changeRole(state, member(c, organization), (await fieldsOf(c)).role);
    return await answer(frontend, c, client, publicMembership(state, changed));
  });
  app.delete("/:id/memberships/:user", async (c) => {
    const { client, organization } = manage(c);
    const membership = member(c, organization);
    const shown = publicMembership(state, membership);
    leaveOrganization(state, membership);
    return await answer(frontend, c, client, shown);
  });

  app.get("/:id/invitations", (c) => {
    const { client, organization } = manage(c);
    return answer(frontend, c, client, listInvitations(state, organization.id, queryOf(c), publicInvitation));
  });
  for (const path of ["/:id/invitations", "/:id/invitations/bulk"]) {
    app.post(path, async (c) => {
      const { client, organization } = manage(c);
      const inviter_user_id = signedIn(state, c).user.id;
      const form = new URLSearchParams(await c.req.text());
      const role = form.get("role") ?? undefined;
      const made = form.getAll("email_address").map((email_address) =>
        publicInvitation(state, createInvitation(state, organization.id, { email_address, role, inviter_user_id }))
      );
      return await answer(frontend, c, client, path.endsWith("bulk") ? made : made[0]);
    });
  }
  app.post("/:id/invitations/:invitation/revoke", async (c) => {
    const { client, organization } = manage(c);
    const revoked = revokeInvitation(state, organization.id, c.req.param("invitation"));
    return await answer(frontend, c, client, publicInvitation(state, revoked));
  });

  return app;
}
