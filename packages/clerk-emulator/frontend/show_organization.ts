/** Organizations, members and invitations as a member's browser sees them: without private metadata. */
import { showInvitation } from "../invitations.ts";
import { showMembership } from "../memberships.ts";
import { withCount } from "../organizations.ts";
import type { ClerkState, Invitation, Membership, Organization } from "../state.ts";

export const publicOrganization = (state: ClerkState, organization: Organization) =>
  withoutPrivate(withCount(state, organization));

export const publicMembership = (state: ClerkState, membership: Membership) => ({
  ...withoutPrivate(showMembership(state, membership)),
  organization: publicOrganization(state, state.organizations[membership.organization_id]!),
});

export const publicInvitation = (state: ClerkState, invitation: Invitation) =>
  withoutPrivate(showInvitation(state, invitation));

function withoutPrivate<Shown extends { private_metadata: unknown }>(shown: Shown): Omit<Shown, "private_metadata"> {
  const { private_metadata: _, ...rest } = shown;
  return rest;
}
