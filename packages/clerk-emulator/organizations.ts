/** https://clerk.com/docs/reference/backend-api/tag/organizations */
import { type Context, Hono } from "hono";
import { clerkError, missingParameter } from "./errors.ts";
import { requireOrganization } from "./find.ts";
import { invitationsOf } from "./invitations.ts";
import { createMembership, membershipsOf, removeMembership } from "./memberships.ts";
import { mergeMetadata, type Metadata } from "./metadata.ts";
import { named, ordered, pageOf, queryOf } from "./pages.ts";
import type { Emit } from "./server.ts";
import { type ClerkState, completeState, newId, type Organization } from "./state.ts";

/** Clerk's default for a new instance. */
const MOST_MEMBERS = 5;

export interface NewOrganization {
  readonly name?: string;
  readonly slug?: string;
  /** The id of the user who becomes the first admin. */
  readonly created_by?: string;
  readonly max_allowed_memberships?: number;
  readonly public_metadata?: Metadata;
  readonly private_metadata?: Metadata;
}

/** Adds an organization, with its creator as admin. */
export function createOrganization(state: ClerkState, fields: NewOrganization): Organization {
  completeState(state);
  const { name, slug, created_by } = fields;
  if (!name) throw missingParameter("name");
  if (created_by !== undefined && state.users[created_by] === undefined) {
    const long = `No users found with id ${created_by}.`;
    throw clerkError(400, "organization_creator_not_found", "creator not found", long);
  }
  const now = Date.now();
  const organization: Organization = {
    id: newId("org"),
    object: "organization",
    name,
    slug: slug === undefined ? `${slugOf(name)}-${Math.floor(now / 1_000)}` : freeSlug(state, slug),
    image_url: "",
    has_image: false,
    max_allowed_memberships: fields.max_allowed_memberships ?? MOST_MEMBERS,
    admin_delete_enabled: true,
    public_metadata: fields.public_metadata ?? {},
    private_metadata: fields.private_metadata ?? {},
    ...created_by !== undefined && { created_by },
    created_at: now,
    updated_at: now,
  };
  state.organizations[organization.id] = organization;
  if (created_by !== undefined) createMembership(state, organization.id, { user_id: created_by, role: "org:admin" });
  return organization;
}

/** Removes an organization, with its memberships and invitations. @returns What the event says */
export function deleteOrganization(state: ClerkState, { id, slug }: Organization) {
  for (const membership of membershipsOf(state, { organization: id })) removeMembership(state, membership);
  for (const invitation of invitationsOf(state, id)) delete state.invitations[invitation.id];
  delete state.organizations[id];
  return { object: "organization", id, slug, deleted: true };
}

export function organizationRoutes(state: ClerkState, emit: Emit): Hono {
  const app = new Hono();
  const updated = (organization: Organization) => {
    emit("organization.updated", organization);
    return organization;
  };
  const find = (c: Context) => requireOrganization(state, c.req.param("id") ?? "");
  const shown = (c: Context, organization: Organization) =>
    queryOf(c).get("include_members_count") === "true" ? withCount(state, organization) : organization;

  app.get("/", (c) => {
    const query = queryOf(c);
    const found = sorted(state, query).filter((one) => named(query, "organization_id", one.id) && matches(one, query));
    return c.json({ data: pageOf(found, query).map((one) => shown(c, one)), total_count: found.length });
  });
  app.post("/", async (c) => {
    const organization = createOrganization(state, await c.req.json());
    emit("organization.created", organization);
    return c.json(organization);
  });
  app.get("/:id", (c) => {
    const id = c.req.param("id");
    const bySlug = Object.values(state.organizations).find(({ slug }) => slug === id);
    return c.json(shown(c, bySlug ?? requireOrganization(state, id)));
  });
  app.patch("/:id", async (c) => c.json(updated(updateOrganization(state, find(c), await c.req.json()))));
  app.patch("/:id/metadata", async (c) => {
    const { public_metadata = {}, private_metadata = {} } = await c.req.json();
    const before = find(c);
    return c.json(updated(touch(before, {
      public_metadata: mergeMetadata(before.public_metadata, public_metadata),
      private_metadata: mergeMetadata(before.private_metadata, private_metadata),
    })));
  });
  app.put("/:id/metadata", async (c) => {
    const before = find(c);
    const { public_metadata = before.public_metadata, private_metadata = before.private_metadata } = await c.req.json();
    return c.json(updated(touch(before, { public_metadata, private_metadata })));
  });
  app.delete("/:id", (c) => {
    const deleted = deleteOrganization(state, find(c));
    emit("organization.deleted", deleted);
    return c.json(deleted);
  });
  return app;
}

/** Sets the fields that a caller may. */
export function updateOrganization(
  state: ClerkState,
  organization: Organization,
  fields: Partial<Organization>,
): Organization {
  const { name, slug, max_allowed_memberships, admin_delete_enabled } = fields;
  return touch(organization, {
    ...name !== undefined && { name },
    ...slug !== undefined && slug !== organization.slug && { slug: freeSlug(state, slug) },
    ...max_allowed_memberships !== undefined && { max_allowed_memberships },
    ...admin_delete_enabled !== undefined && { admin_delete_enabled },
  });
}

const touch = (organization: Organization, change: Partial<Organization>): Organization =>
  Object.assign(organization, change, { updated_at: Date.now() });

const slugOf = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

function freeSlug(state: ClerkState, slug: string): string {
  const about = { param_name: "slug" };
  if (!/^[a-z0-9-]+$/.test(slug)) {
    const long = "slug may contain only lowercase alphanumeric characters or a dash.";
    throw clerkError(422, "form_param_format_invalid", "is invalid", long, about);
  }
  if (!Object.values(state.organizations).some((other) => other.slug === slug)) return slug;
  const long = "That slug is taken. Please try another.";
  throw clerkError(422, "form_identifier_exists", "That slug is taken.", long, about);
}

/** With the numbers of its members and of its pending invitations. */
export const withCount = (state: ClerkState, organization: Organization) => ({
  ...organization,
  members_count: membershipsOf(state, { organization: organization.id }).length,
  pending_invitations_count: invitationsOf(state, organization.id).filter(({ status }) => status === "pending").length,
});

/** `query` is an exact id, or a part of a name or slug. */
function matches({ id, name, slug }: Organization, query: URLSearchParams): boolean {
  const text = query.get("query")?.toLowerCase();
  return text === undefined || id.toLowerCase() === text || slug.includes(text) || name.toLowerCase().includes(text);
}

/** By creation, name or number of members; a `+` before it is ascending, the default descending. */
function sorted(state: ClerkState, query: URLSearchParams): Organization[] {
  const [, sign, field] = query.get("order_by")?.match(/^([+-]?)(name|members_count)$/) ?? [];
  const all = Object.values(state.organizations);
  if (field === undefined) return ordered(all, query);
  const key = (one: Organization) => field === "name" ? one.name : withCount(state, one).members_count;
  const ascending = all.toSorted((a, b) => key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
  return sign === "+" ? ascending : ascending.reverse();
}
