import { deepStrictEqual as assertEquals, match as assertMatch } from "node:assert/strict";
import { codeOf, openClerk } from "./testing/instance.ts";

Deno.test("the SDK creates, gets, lists, updates and deletes organizations", async () => {
  await using clerk = openClerk();
  const { organizations } = clerk.sdk;
  const ada = await clerk.createUser("ada");
  const acme = await organizations.createOrganization({ name: "Acme", slug: "acme", createdBy: ada.id });
  const other = await organizations.createOrganization({ name: "The Other Ltd." });
  assertMatch(acme.id, /^org_\w{27}$/);
  assertMatch(other.slug, /^the-other-ltd-\d+$/);
  assertEquals([acme.name, acme.createdBy, acme.maxAllowedMemberships], ["Acme", ada.id, 5]);
  assertEquals((await organizations.getOrganization({ organizationId: acme.id })).slug, "acme");
  assertEquals((await organizations.getOrganization({ slug: "acme", includeMembersCount: true })).membersCount, 1);

  const list = async (query = {}) => (await organizations.getOrganizationList(query)).data.map(({ name }) => name);
  assertEquals(await list(), ["The Other Ltd.", "Acme"]);
  assertEquals(await list({ orderBy: "+name" }), ["Acme", "The Other Ltd."]);
  assertEquals(await list({ orderBy: "-members_count" }), ["Acme", "The Other Ltd."]);
  assertEquals(await list({ query: "acm" }), ["Acme"]);
  assertEquals(await list({ organizationId: [other.id] }), ["The Other Ltd."]);
  const page = await organizations.getOrganizationList({ limit: 1, offset: 1, includeMembersCount: true });
  assertEquals([page.data[0]?.membersCount, page.totalCount], [1, 2]);

  const renamed = await organizations.updateOrganization(acme.id, { name: "Acme Inc.", maxAllowedMemberships: 0 });
  assertEquals([renamed.name, renamed.slug, renamed.maxAllowedMemberships], ["Acme Inc.", "acme", 0]);
  await organizations.updateOrganizationMetadata(acme.id, { publicMetadata: { plan: { name: "team", seats: 3 } } });
  const merged = await organizations.updateOrganizationMetadata(acme.id, { publicMetadata: { plan: { seats: null } } });
  assertEquals(merged.publicMetadata, { plan: { name: "team" } });
  const replaced = await organizations.replaceOrganizationMetadata(acme.id, { publicMetadata: { a: 1 } });
  assertEquals(replaced.publicMetadata, { a: 1 });

  await organizations.deleteOrganization(acme.id);
  assertEquals(await codeOf(organizations.getOrganization({ organizationId: acme.id })), "resource_not_found");
  assertEquals(
    (await clerk.sdk.users.getOrganizationMembershipList({ userId: ada.id }))
      .totalCount,
    0,
  );
});

Deno.test("an organization without a name, with a taken or malformed slug or an unknown creator is refused", async () => {
  await using clerk = openClerk();
  const create = (
    params: { name: string; slug?: string; createdBy?: string },
  ) => codeOf(clerk.sdk.organizations.createOrganization(params));
  assertEquals(await create({ name: "Acme", slug: "acme" }), undefined);
  assertEquals(await create({ name: "" }), "form_param_missing");
  assertEquals(await create({ name: "Acme", slug: "acme" }), "form_identifier_exists");
  assertEquals(await create({ name: "Acme", slug: "Acme Inc" }), "form_param_format_invalid");
  assertEquals(await create({ name: "Acme", createdBy: "user_none" }), "organization_creator_not_found");
});
