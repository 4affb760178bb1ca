/** https://clerk.com/docs/reference/backend-api/tag/organization-memberships */
import { type Context, Hono } from "hono";
import { clerkError, missingParameter, notFound } from "./errors.ts";
import { raise, requireOrganization, requireUser } from "./find.ts";
import { mergeMetadata } from "./metadata.ts";
import { named, ordered, pageOf, queryOf } from "./pages.ts";
import { publicUserData } from "./public_user_data.ts";
import { type ClerkState, completeState, type Membership, newId } from "./state.ts";

const ADMIN = "org:admin";

/** The system permissions of Clerk's default roles. */
const PERMISSIONS: Record<string, string[]> = {
  [ADMIN]: [
    "org:sys_profile:manage",
    "org:sys_profile:delete",
    "org:sys_memberships:read",
    "org:sys_memberships:manage",
    "org:sys_domains:read",
    "org:sys_domains:manage",
    "org:sys_billing:read",
    "org:sys_billing:manage",
  ],
  "org:member": ["org:sys_memberships:read", "org:sys_billing:read"],
};

export interface NewMembership {
  readonly user_id?: string;
  /** With its prefix, such as `org:admin`. */
  readonly role?: string;
}

/** Adds a user to an organization. */
export function createMembership(
  state: ClerkState,
  organizationId: string,
  { user_id, role }: NewMembership,
): Membership {
  completeState(state);
  const organization = requireOrganization(state, organizationId);
  if (!user_id) throw missingParameter("user_id");
  requireUser(state, user_id);
  requireRole(role);
  if (findMembership(state, organization.id, user_id)) {
    const long = `${user_id} is already a member of the organization.`;
    throw clerkError(400, "already_a_member_in_organization", "already a member", long);
  }
  const most = organization.max_allowed_memberships;
  if (most > 0 && membershipsOf(state, { organization: organization.id }).length >= most) {
    const long = `You have reached your limit of ${most} organization memberships, including outstanding invitations.`;
    throw clerkError(403, "organization_membership_quota_exceeded", "organization membership quota exceeded", long);
  }
  const now = Date.now();
  const membership: Membership = {
    id: newId("orgmem"),
    organization_id: organization.id,
    user_id,
    role,
    public_metadata: {},
    private_metadata: {},
    created_at: now,
    updated_at: now,
  };
  return state.memberships[membership.id] = membership;
}

export const findMembership = (state: ClerkState, organization: string, user: string): Membership | undefined =>
  membershipsOf(state, { organization, user })[0];

/** The memberships of an organization, of a user, or of both, in the order of creation. */
export const membershipsOf = (
  state: ClerkState,
  { organization, user }: { organization?: string; user?: string },
): Membership[] =>
  Object.values(state.memberships).filter(({ organization_id, user_id }) =>
    (organization === undefined || organization_id === organization) && (user === undefined || user_id === user)
  );

/** @throws HTTPException when the user is not a member */
export function requireMembership(state: ClerkState, organization: string, user: string): Membership {
  return findMembership(state, organization, user) ?? raise(notFound("organization membership", user));
}

/** A user's own membership. @throws HTTPException when the organization is unknown, or the user is not a member of it */
export function requireOwnMembership(state: ClerkState, organization: string, user: string): Membership {
  const own = findMembership(state, requireOrganization(state, organization).id, user);
  if (own !== undefined) return own;
  const long = "Current user is not a member of the organization. Only organization members can perform this action.";
  throw clerkError(403, "not_a_member_in_organization", "not a member", long);
}

/** Gives a member another role; the last admin keeps its own. */
export function changeRole(state: ClerkState, membership: Membership, role: string | undefined): Membership {
  requireRole(role);
  if (role !== ADMIN) requireAnotherAdmin(state, membership);
  return Object.assign(membership, { role, updated_at: Date.now() });
}

/** Removes a member; the last admin stays. */
export function leaveOrganization(state: ClerkState, membership: Membership): void {
  requireAnotherAdmin(state, membership);
  removeMembership(state, membership);
}

/** Removes a membership; the organization is no longer active in any session of the user. */
export function removeMembership(state: ClerkState, { id, organization_id, user_id }: Membership): void {
  delete state.memberships[id];
  for (const session of Object.values(state.sessions)) {
    if (session.user_id === user_id && session.last_active_organization_id === organization_id) {
      session.last_active_organization_id = null;
    }
  }
}

/** `/v1/organization_memberships`: those of the whole instance. */
export const membershipRoutes = (state: ClerkState): Hono =>
  new Hono().get("/", (c) => c.json(listed(state, membershipsOf(state, {}), queryOf(c))));

/** `/v1/users/:user/organization_memberships` */
export const userMembershipRoutes = (state: ClerkState): Hono =>
  new Hono().get("/", (c) => {
    const user = requireUser(state, parameter(c, "user")).id;
    return c.json(listed(state, membershipsOf(state, { user }), queryOf(c)));
  });

/** `/v1/organizations/:organization/memberships` */
export function organizationMembershipRoutes(state: ClerkState): Hono {
  const app = new Hono();
  const organizationOf = (c: Context) => requireOrganization(state, parameter(c, "organization")).id;
  const find = (c: Context): Membership => requireMembership(state, organizationOf(c), parameter(c, "user"));

  app.get("/", (c) => c.json(listMemberships(state, organizationOf(c), queryOf(c))));
  app.post("/", async (c) => {
    const membership = createMembership(state, parameter(c, "organization"), await c.req.json());
    return c.json(showMembership(state, membership));
  });
  app.patch("/:user", async (c) => {
    const { role } = await c.req.json();
    return c.json(showMembership(state, changeRole(state, find(c), role)));
  });
  app.patch("/:user/metadata", async (c) => {
    const membership = find(c);
    const { public_metadata = {}, private_metadata = {} } = await c.req.json();
    const change = {
      public_metadata: mergeMetadata(membership.public_metadata, public_metadata),
      private_metadata: mergeMetadata(membership.private_metadata, private_metadata),
      updated_at: Date.now(),
    };
    return c.json(showMembership(state, Object.assign(membership, change)));
  });
  app.delete("/:user", (c) => {
    const membership = find(c);
    const answer = showMembership(state, membership);
    leaveOrganization(state, membership);
    return c.json(answer);
  });
  return app;
}

/** One page of an organization's members, the newest first. */
export function listMemberships(
  state: ClerkState,
  organization: string,
  query: URLSearchParams,
  show: (state: ClerkState, membership: Membership) => unknown = showMembership,
) {
  const found = membershipsOf(state, { organization })
    .filter(({ user_id, role }) => named(query, "user_id", user_id) && named(query, "role", role));
  return listed(state, found, query, show);
}

/** Clerk's default roles. */
export const showRoles = () =>
  Object.entries(PERMISSIONS).map(([key, permissions]) => ({
    object: "role",
    id: `role_${key.slice("org:".length)}`,
    key,
    name: roleName(key),
    description: "",
    permissions: permissions.map((permission) => ({
      object: "permission",
      id: `perm_${permission}`,
      key: permission,
      name: permission,
      description: "",
      type: "system",
      created_at: 0,
      updated_at: 0,
    })),
    created_at: 0,
    updated_at: 0,
  }));

const parameter = (c: Context, name: string): string => c.req.param(name) ?? "";

const listed = (
  state: ClerkState,
  memberships: Membership[],
  query: URLSearchParams,
  show: (state: ClerkState, membership: Membership) => unknown = showMembership,
) => ({
  data: pageOf(ordered(memberships, query), query).map((membership) => show(state, membership)),
  total_count: memberships.length,
});

/** A membership as the API answers it, with its organization and the public data of its user. */
export function showMembership(state: ClerkState, { organization_id, user_id, ...membership }: Membership) {
  const user = state.users[user_id];
  return {
    object: "organization_membership",
    ...membership,
    role_name: roleName(membership.role),
    permissions: PERMISSIONS[membership.role] ?? [],
    organization: state.organizations[organization_id],
    public_user_data: user && publicUserData(user),
  };
}

/** `Admin` of `org:admin`. */
export const roleName = (role: string) => role.charAt(4).toUpperCase() + role.slice(5);

/** Every role with the prefix counts as one that the instance has. */
export function requireRole(role: string | undefined): asserts role is string {
  if (!role) throw missingParameter("role");
  if (/^org:[a-z0-9_]+$/.test(role)) return;
  throw clerkError(404, "resource_not_found", "not found", "Organization role not found", { param_name: "role" });
}

/** Refuses to leave an organization without an admin. */
function requireAnotherAdmin(state: ClerkState, { id, organization_id, role }: Membership): void {
  const others = membershipsOf(state, { organization: organization_id }).filter((other) => other.id !== id);
  if (role !== ADMIN || others.some((other) => other.role === ADMIN)) return;
  const long = "There has to be at least one organization member with the minimum required permissions";
  throw clerkError(400, "organization_minimum_permissions_needed", "minimum organization permissions needed", long);
}
