import { deepStrictEqual as assertEquals, match as assertMatch } from "node:assert/strict";
import { codeOf, openClerk } from "./testing/instance.ts";

Deno.test("the SDK creates, lists and revokes invitations, and a member or an invited address is refused", async () => {
  await using clerk = openClerk();
  const { organizations } = clerk.sdk;
  const ada = await clerk.createUser("ada");
  const { id: organizationId } = await organizations.createOrganization({ name: "Acme", createdBy: ada.id });
  const invite = (emailAddress: string) =>
    organizations.createOrganizationInvitation({
      organizationId,
      emailAddress,
      role: "org:member",
      inviterUserId: ada.id,
    });
  const invitation = await invite("Grace@example.com");
  assertMatch(invitation.id, /^orginv_/);
  assertEquals([invitation.emailAddress, invitation.status], ["grace@example.com", "pending"]);
  assertEquals(await codeOf(invite("grace@example.com")), "duplicate_record");
  assertEquals(await codeOf(invite("ada@example.com")), "already_a_member_in_organization");
  const bulk = [{ emailAddress: "alan@example.com", role: "org:admin" as const }];
  assertEquals((await organizations.createOrganizationInvitationBulk(organizationId, bulk)).totalCount, 1);

  const list = async (status: "pending" | "revoked") => {
    const { data } = await organizations.getOrganizationInvitationList({ organizationId, status: [status] });
    return data.map(({ emailAddress }) => emailAddress);
  };
  assertEquals(await list("pending"), ["alan@example.com", "grace@example.com"]);
  const one = { organizationId, invitationId: invitation.id, requestingUserId: ada.id };
  assertEquals((await organizations.revokeOrganizationInvitation(one)).status, "revoked");
  assertEquals((await organizations.getOrganizationInvitation(one)).status, "revoked");
  assertEquals([await list("pending"), await list("revoked")], [["alan@example.com"], ["grace@example.com"]]);
  assertEquals(await codeOf(organizations.revokeOrganizationInvitation(one)), "organization_invitation_not_pending");
  assertEquals((await invite("grace@example.com")).status, "pending");
});
