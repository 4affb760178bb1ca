import { verifyToken } from "@clerk/backend";
import { decodeJwt } from "jose";
import { deepStrictEqual as assertEquals, match as assertMatch } from "node:assert/strict";
import { codeOf, openClerk, SECRET_KEY } from "./testing/instance.ts";

/** An instance with Ada as admin and Grace as member of Acme; Alan is in no organization. */
async function openAcme() {
  const clerk = openClerk();
  const { organizations } = clerk.sdk;
  const [ada, grace, alan] = [
    await clerk.createUser("ada"),
    await clerk.createUser("grace"),
    await clerk.createUser("alan"),
  ];
  const acme = await organizations.createOrganization({ name: "Acme", slug: "acme", createdBy: ada.id });
  const of = (userId: string, role: string) => ({ organizationId: acme.id, userId, role });
  await organizations.createOrganizationMembership(of(grace.id, "org:member"));

  /** The claims of a token of a new session in which Acme is active, or of the given session. */
  async function claimsOf(userId: string, session?: string) {
    const id = session ?? (await clerk.sdk.sessions.createSession({ userId })).id;
    if (session === undefined) assertEquals((await clerk.setActiveOrganization(id, acme.id)).status, 200);
    return decodeJwt((await clerk.sdk.sessions.getToken(id)).jwt);
  }
  return Object.assign(clerk, { organizations, ada, grace, alan, acme, of, claimsOf });
}

Deno.test("the SDK creates, lists, updates and deletes memberships", async () => {
  await using clerk = await openAcme();
  const { organizations, ada, grace, alan, acme, of } = clerk;
  const added = await organizations.createOrganizationMembership(of(alan.id, "org:member"));
  assertMatch(added.id, /^orgmem_/);
  assertEquals([added.role, added.permissions.includes("org:sys_memberships:manage")], ["org:member", false]);
  assertEquals([added.organization.slug, added.publicUserData?.identifier], ["acme", "alan@example.com"]);

  const list = async (query = {}) => {
    const { data } = await organizations.getOrganizationMembershipList({ organizationId: acme.id, ...query });
    return data.map(({ publicUserData }) => publicUserData?.userId);
  };
  assertEquals(await list(), [alan.id, grace.id, ada.id]);
  assertEquals(await list({ orderBy: "+created_at", limit: 2 }), [ada.id, grace.id]);
  assertEquals(await list({ role: ["org:admin"] }), [ada.id]);
  assertEquals(await list({ userId: [grace.id] }), [grace.id]);

  const promoted = await organizations.updateOrganizationMembership(of(grace.id, "org:admin"));
  assertEquals([promoted.role, promoted.permissions.includes("org:sys_memberships:manage")], ["org:admin", true]);
  const metadata = { ...of(grace.id, ""), publicMetadata: { team: "a" } };
  assertEquals((await organizations.updateOrganizationMembershipMetadata(metadata)).publicMetadata, { team: "a" });
  const removed = await organizations.deleteOrganizationMembership(of(alan.id, ""));
  assertEquals(removed.publicUserData?.userId, alan.id);
  assertEquals(await list(), [grace.id, ada.id]);
  assertEquals((await organizations.getInstanceOrganizationMembershipList({})).totalCount, 2);
});

Deno.test("a user's memberships are listed with their organizations, and are gone with the organization", async () => {
  await using clerk = await openAcme();
  const { organizations, ada, alan, acme } = clerk;
  const other = await organizations.createOrganization({ name: "Other", createdBy: ada.id });
  const list = async (userId: string) => {
    const { data, totalCount } = await clerk.sdk.users.getOrganizationMembershipList({ userId });
    assertEquals(data.length, totalCount);
    return data.map(({ organization, role }) => [organization.id, role]);
  };
  assertEquals(await list(ada.id), [[other.id, "org:admin"], [acme.id, "org:admin"]]);
  assertEquals(await list(alan.id), []);
  await organizations.deleteOrganization(acme.id);
  assertEquals(await list(ada.id), [[other.id, "org:admin"]]);
  assertEquals(await codeOf(list("user_none")), "resource_not_found");
});

Deno.test("a membership of an unknown user, role or organization, a second one and one over the limit are refused", async () => {
  await using clerk = await openAcme();
  const { organizations, grace, alan, acme, of } = clerk;
  const create = (params: ReturnType<typeof of>) => codeOf(organizations.createOrganizationMembership(params));
  assertEquals(await create(of("user_none", "org:member")), "resource_not_found");
  assertEquals(await create({ ...of(alan.id, "org:member"), organizationId: "org_none" }), "resource_not_found");
  assertEquals(await create(of(alan.id, "member")), "resource_not_found");
  assertEquals(await create(of(alan.id, "")), "form_param_missing");
  assertEquals(await create(of(grace.id, "org:member")), "already_a_member_in_organization");
  await organizations.updateOrganization(acme.id, { maxAllowedMemberships: 2 });
  assertEquals(await create(of(alan.id, "org:member")), "organization_membership_quota_exceeded");
});

Deno.test("the last admin can be neither demoted nor removed", async () => {
  await using clerk = await openAcme();
  const { organizations, ada, of } = clerk;
  const refused = "organization_minimum_permissions_needed";
  assertEquals(await codeOf(organizations.updateOrganizationMembership(of(ada.id, "org:member"))), refused);
  assertEquals(await codeOf(organizations.deleteOrganizationMembership(of(ada.id, ""))), refused);
});

Deno.test("a token carries the active organization in `o`, and a changed role from the next token on", async () => {
  await using clerk = await openAcme();
  const { ada, grace, acme, of } = clerk;
  assertEquals((await clerk.claimsOf(ada.id)).o, { id: acme.id, rol: "admin", slg: "acme" });
  const session = await clerk.sdk.sessions.createSession({ userId: grace.id });
  assertEquals("o" in await clerk.claimsOf(grace.id, session.id), false);
  await clerk.setActiveOrganization(session.id, acme.id);
  assertEquals((await clerk.sdk.sessions.getSession(session.id)).lastActiveOrganizationId, acme.id);
  assertEquals((await clerk.claimsOf(grace.id, session.id)).o, { id: acme.id, rol: "member", slg: "acme" });

  await clerk.organizations.updateOrganizationMembership(of(grace.id, "org:admin"));
  assertEquals((await clerk.claimsOf(grace.id, session.id)).o, { id: acme.id, rol: "admin", slg: "acme" });
  const { jwt } = await clerk.sdk.sessions.getToken(session.id);
  const verified = await verifyToken(jwt, { secretKey: SECRET_KEY, apiUrl: clerk.url });
  assertEquals([verified.sub, verified.o], [grace.id, { id: acme.id, rol: "admin", slg: "acme" }]);
  const template = await clerk.sdk.sessions.getToken(session.id, "supabase");
  assertEquals("o" in decodeJwt(template.jwt), false);

  await clerk.setActiveOrganization(session.id, null);
  assertEquals("o" in await clerk.claimsOf(grace.id, session.id), false);
});

Deno.test("an active organization must exist and have the user as a member", async () => {
  await using clerk = await openAcme();
  const { id } = await clerk.sdk.sessions.createSession({ userId: clerk.alan.id });
  const set = async (organization: string | null, session = id) => {
    const { status, body } = await clerk.setActiveOrganization(session, organization);
    return [status, body.errors?.[0].code];
  };
  assertEquals(await set(clerk.acme.id), [403, "not_a_member_in_organization"]);
  assertEquals(await set("org_none"), [404, "resource_not_found"]);
  assertEquals(await set(clerk.acme.id, "sess_none"), [404, "resource_not_found"]);
  const { status } = await clerk.call(`/_local/sessions/${id}/active_organization`, {});
  assertEquals(status, 422);
});

Deno.test("a removed member's tokens have no organization, also after the user is added again", async () => {
  await using clerk = await openAcme();
  const { organizations, grace, acme, of } = clerk;
  const { id } = await clerk.sdk.sessions.createSession({ userId: grace.id });
  await clerk.setActiveOrganization(id, acme.id);
  await organizations.deleteOrganizationMembership(of(grace.id, ""));
  assertEquals("o" in await clerk.claimsOf(grace.id, id), false);
  await organizations.createOrganizationMembership(of(grace.id, "org:member"));
  assertEquals("o" in await clerk.claimsOf(grace.id, id), false);
});

Deno.test("a deleted user is in no organization, and a deleted organization is active in no session", async () => {
  await using clerk = await openAcme();
  const { organizations, ada, grace, acme } = clerk;
  await clerk.sdk.users.deleteUser(grace.id);
  const members = await organizations.getOrganizationMembershipList({ organizationId: acme.id });
  assertEquals(members.data.map(({ publicUserData }) => publicUserData?.userId), [ada.id]);

  const { id } = await clerk.sdk.sessions.createSession({ userId: ada.id });
  await clerk.setActiveOrganization(id, acme.id);
  await organizations.deleteOrganization(acme.id);
  assertEquals("o" in await clerk.claimsOf(ada.id, id), false);
});
