/** The owners of customers, and what a customer's metadata says about its owner. */

/** The account that the database belongs to, and another. */
export const OUR_ACCOUNT = 1;
export const OTHER_ACCOUNT = 2;

/** The deployment id of the database, and of another database that uses the same account. */
export const OUR_DEPLOYMENT = 1;
export const OTHER_DEPLOYMENT = 2;

/**
 * A Clerk user or a Clerk organization. Clerk's ids have a prefix for the kind. These have none, so that a comparison
 * that ignores the kind confuses user 1 with organization 1.
 */
export interface Owner {
  readonly kind: "user" | "organization";
  readonly id: number;
}

const USER: Owner = { kind: "user", id: 1 };
const ORGANIZATION: Owner = { kind: "organization", id: 1 };

/** Users who may call for the organization. The first is also an owner. */
export const MEMBERS = [1, 3] as const;

/** Which owners a schedule's calls are for. */
export const OWNERS = {
  user: [USER],
  organization: [ORGANIZATION],
  both: [USER, ORGANIZATION],
} as const satisfies Record<string, readonly Owner[]>;

export type Owners = keyof typeof OWNERS;

/** Owners of other customers in the same account and deployment: never called for, easily confused. */
export function otherOwners(owners: readonly Owner[]): Owner[] {
  const others = owners.map(({ kind }): Owner => ({ kind, id: 2 }));
  return others.concat([USER, ORGANIZATION].filter((owner) => !owners.includes(owner)));
}

/** The metadata of a customer: `clerk_user_id` or `clerk_organization_id`, and `deployment_id`. */
export interface Metadata {
  readonly userId: number | undefined;
  readonly organizationId: number | undefined;
  readonly deployment: number;
}

export function metadataOf({ kind, id }: Owner, deployment: number): Metadata {
  return kind === "user"
    ? { userId: id, organizationId: undefined, deployment }
    : { userId: undefined, organizationId: id, deployment };
}

/** Whether the metadata names the owner by its own key, or, without regard to the kind, by either key. */
export function names({ userId, organizationId }: Metadata, { kind, id }: Owner, byKind: boolean): boolean {
  if (!byKind) return userId === id || organizationId === id;
  return (kind === "user" ? userId : organizationId) === id;
}

export const ownerName = ({ kind, id }: Owner): string => `${kind === "user" ? "user" : "org"}_${id}`;
