/** The state of an instance: plain JSON, so that it can be saved and loaded. */
import type { Metadata } from "./metadata.ts";
import { newSigningKey, type SigningKey } from "./signing_keys.ts";

export interface EmailAddress {
  readonly id: string;
  readonly object: "email_address";
  email_address: string;
  readonly verification: { readonly status: "verified"; readonly strategy: "admin" };
  readonly linked_to: [];
}

/** https://clerk.com/docs/reference/backend/types/backend-user */
export interface User {
  readonly id: string;
  readonly object: "user";
  email_addresses: EmailAddress[];
  primary_email_address_id: string | null;
  first_name: string | null;
  last_name: string | null;
  username: string | null;
  image_url: string;
  has_image: boolean;
  public_metadata: Metadata;
  private_metadata: Metadata;
  unsafe_metadata: Metadata;
  external_id: string | null;
  banned: boolean;
  locked: boolean;
  readonly created_at: number;
  updated_at: number;
}

export interface Session {
  readonly id: string;
  readonly object: "session";
  readonly user_id: string;
  status: "active" | "pending" | "revoked";
  /** The origin that its tokens are made for; null makes tokens without the claim. */
  readonly azp: string | null;
  /** The active organization; null for the personal account. */
  last_active_organization_id: string | null;
  readonly created_at: number;
}

/** https://clerk.com/docs/reference/backend/types/backend-organization */
export interface Organization {
  readonly id: string;
  readonly object: "organization";
  name: string;
  slug: string;
  image_url: string;
  has_image: boolean;
  /** 0 for no limit. */
  max_allowed_memberships: number;
  admin_delete_enabled: boolean;
  public_metadata: Metadata;
  private_metadata: Metadata;
  readonly created_by?: string;
  readonly created_at: number;
  updated_at: number;
}

/** https://clerk.com/docs/reference/backend/types/backend-organization-membership, with ids in place of objects. */
export interface Membership {
  readonly id: string;
  readonly organization_id: string;
  readonly user_id: string;
  /** With its prefix, such as `org:admin`. */
  role: string;
  public_metadata: Metadata;
  private_metadata: Metadata;
  readonly created_at: number;
  updated_at: number;
}

export interface ClerkState {
  /** Clerk's `ins_…`, which webhooks name. */
  readonly instance_id: string;
  /** The last one signs; all of them are in the key set. */
  signingKeys: SigningKey[];
  readonly users: Record<string, User>;
  readonly sessions: Record<string, Session>;
  readonly organizations: Record<string, Organization>;
  readonly memberships: Record<string, Membership>;
}

/** An instance without users. @param key Its signing key; making one takes a quarter of a second */
export const emptyState = (key: SigningKey = newSigningKey()): ClerkState => ({
  instance_id: newId("ins"),
  signingKeys: [key],
  users: {},
  sessions: {},
  organizations: {},
  memberships: {},
});

/** Adds in place what a state lacks that an older version saved. */
export function completeState(state: ClerkState): void {
  const saved: Partial<ClerkState> = state;
  Object.assign(state, { instance_id: newId("ins"), organizations: {}, memberships: {}, ...saved });
}

/** An id in the length of Clerk's, such as `user_…`. */
export const newId = (prefix: string): string => `${prefix}_${crypto.randomUUID().replaceAll("-", "").slice(0, 27)}`;
