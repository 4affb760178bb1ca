/** Who a function acts for, and which members may act for an organization. */
import type { User } from "../clerk/verify_token.ts";
import type { Owner, OwnerKind } from "../contract/owner.ts";
import { billingRoles } from "../env.ts";
import { AppError } from "../errors.ts";

/**
 * The user, or their active organization: for functions that every member may call.
 *
 * @param kind The `for` of the input; an active organization alone never makes the organization the owner.
 * @throws AppError `organization_required`
 */
export function ownerOf({ id, organization }: User, kind: OwnerKind): Owner {
  if (kind === "user") return { id, kind };
  if (organization === undefined) throw AppError.organizationRequired();
  return { id: organization.id, kind };
}

/**
 * The same, for functions that buy or manage billing: the member needs a role in CLERK_BILLING_ROLES.
 *
 * @throws AppError `organization_required`, `forbidden`, `not_configured`
 */
export function billingOwnerOf(user: User, kind: OwnerKind): Owner {
  const owner = ownerOf(user, kind);
  if (!mayBill(user, kind)) throw AppError.forbidden(user.organization!.role, billingRoles());
  return owner;
}

/**
 * Whether the user may act on the billing of this owner: always their own, the organization's with a billing role.
 *
 * @throws AppError `not_configured`
 */
export const mayBill = ({ organization }: User, kind: OwnerKind): boolean =>
  kind === "user" || organization !== undefined && billingRoles().has(organization.role);
