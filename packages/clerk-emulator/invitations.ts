/** https://clerk.com/docs/reference/backend-api/tag/organization-invitations */
import { type Context, Hono } from "hono";
import { clerkError, missingParameter, notFound } from "./errors.ts";
import { requireOrganization } from "./find.ts";
import { createMembership, findMembership, requireRole, roleName } from "./memberships.ts";
import type { Metadata } from "./metadata.ts";
import { named, ordered, pageOf, queryOf } from "./pages.ts";
import { type ClerkState, type Invitation, newId, type User } from "./state.ts";
import { findByAddress } from "./users.ts";

export interface NewInvitation {
  readonly email_address?: string;
  /** With its prefix, such as `org:admin`. */
  readonly role?: string;
  readonly inviter_user_id?: string;
  readonly public_metadata?: Metadata;
  readonly private_metadata?: Metadata;
}

/** Invites an address, to which no message is sent: its user finds the invitation after signing in. */
export function createInvitation(state: ClerkState, organizationId: string, fields: NewInvitation): Invitation {
  const { role, inviter_user_id = null, public_metadata = {}, private_metadata = {} } = fields;
  const organization = requireOrganization(state, organizationId);
  const email_address = fields.email_address?.toLowerCase();
  if (!email_address) throw missingParameter("email_address");
  requireRole(role);
  const member = findByAddress(state, email_address);
  if (member !== undefined && findMembership(state, organization.id, member.id)) {
    const long = `${email_address} is already a member of the organization.`;
    throw clerkError(400, "already_a_member_in_organization", "already a member", long);
  }
  const isInvited = invitationsOf(state, organization.id).some((one) =>
    one.status === "pending" && one.email_address === email_address
  );
  if (isInvited) {
    const long = `${email_address} already has a pending invitation.`;
    throw clerkError(400, "duplicate_record", "duplicate record", long, { param_name: "email_address" });
  }
  const now = Date.now();
  const invitation: Invitation = {
    id: newId("orginv"),
    object: "organization_invitation",
    organization_id: organization.id,
    email_address,
    role,
    inviter_id: inviter_user_id,
    status: "pending",
    public_metadata,
    private_metadata,
    created_at: now,
    updated_at: now,
  };
  return state.invitations[invitation.id] = invitation;
}

/** The invitations of an organization, in the order of creation. */
export const invitationsOf = (state: ClerkState, organization: string): Invitation[] =>
  Object.values(state.invitations).filter(({ organization_id }) => organization_id === organization);

/** The invitations to an address of a user, of the statuses that a query names. */
export const invitationsFor = (state: ClerkState, user: User, query: URLSearchParams): Invitation[] =>
  Object.values(state.invitations).filter((invitation) => isFor(invitation, user) && hasStatus(invitation, query));

/** Makes the user a member. @throws HTTPException for an invitation of another user, or one that is not pending */
export function acceptInvitation(state: ClerkState, id: string, user: User): Invitation {
  const invitation = find(state, id);
  if (!isFor(invitation, user)) throw notFound("organization invitation", id);
  requirePending(invitation);
  createMembership(state, invitation.organization_id, { user_id: user.id, role: invitation.role });
  return Object.assign(invitation, { status: "accepted" as const, updated_at: Date.now() });
}

export function revokeInvitation(state: ClerkState, organization: string, id: string): Invitation {
  const invitation = find(state, id, organization);
  requirePending(invitation);
  return Object.assign(invitation, { status: "revoked" as const, updated_at: Date.now() });
}

/** An invitation as the APIs answer it. */
export function showInvitation(state: ClerkState, invitation: Invitation) {
  const { id, name, slug, image_url, has_image } = requireOrganization(state, invitation.organization_id);
  return {
    ...invitation,
    role_name: roleName(invitation.role),
    public_organization_data: { id, name, slug, image_url, has_image },
  };
}

/** One page of an organization's invitations, the newest first. */
export function listInvitations(
  state: ClerkState,
  organization: string,
  query: URLSearchParams,
  show: (state: ClerkState, invitation: Invitation) => unknown = showInvitation,
) {
  const all = invitationsOf(state, organization).filter((invitation) => hasStatus(invitation, query));
  const data = pageOf(ordered(all, query), query).map((invitation) => show(state, invitation));
  return { data, total_count: all.length };
}

/** `/v1/organizations/:organization/invitations` */
export function invitationRoutes(state: ClerkState): Hono {
  const app = new Hono();
  const organizationOf = (c: Context) => requireOrganization(state, c.req.param("organization") ?? "").id;
  const create = (c: Context, fields: NewInvitation) =>
    showInvitation(state, createInvitation(state, organizationOf(c), fields));

  app.get("/", (c) => c.json(listInvitations(state, organizationOf(c), queryOf(c))));
  app.post("/", async (c) => c.json(create(c, await c.req.json())));
  app.post("/bulk", async (c) => {
    const all: NewInvitation[] = await c.req.json();
    const data = all.map((fields) => create(c, fields));
    return c.json({ data, total_count: data.length });
  });
  app.get("/:id", (c) => c.json(showInvitation(state, find(state, c.req.param("id"), organizationOf(c)))));
  app.post("/:id/revoke", (c) => {
    return c.json(showInvitation(state, revokeInvitation(state, organizationOf(c), c.req.param("id"))));
  });
  return app;
}

function find(state: ClerkState, id: string, organization?: string): Invitation {
  const found = Object.hasOwn(state.invitations, id) ? state.invitations[id] : undefined;
  if (found !== undefined && (organization === undefined || found.organization_id === organization)) return found;
  throw notFound("organization invitation", id);
}

const isFor = ({ email_address }: Invitation, { email_addresses }: User): boolean =>
  email_addresses.some((address) => address.email_address.toLowerCase() === email_address);

const hasStatus = ({ status }: Invitation, query: URLSearchParams): boolean => named(query, "status", status);

function requirePending({ status }: Invitation): void {
  if (status === "pending") return;
  throw clerkError(400, "organization_invitation_not_pending", "not pending", `The invitation is ${status}.`);
}
