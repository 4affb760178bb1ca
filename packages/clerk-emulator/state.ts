/** The state of an instance: plain JSON, so that it can be saved and loaded. */
import type { Metadata } from "./metadata.ts";
import { newSigningKey, type SigningKey } from "./signing_keys.ts";

export interface EmailAddress {
  readonly id: string;
  readonly object: "email_address";
  email_address: string;
  verification: { readonly status: "verified" | "unverified"; readonly strategy: "admin" | "email_code" };
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
  status: "active" | "pending" | "revoked" | "removed";
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

/** https://clerk.com/docs/reference/backend/types/backend-organization-invitation */
export interface Invitation {
  readonly id: string;
  readonly object: "organization_invitation";
  readonly organization_id: string;
  /** In lower case. */
  readonly email_address: string;
  /** With its prefix, such as `org:admin`. */
  readonly role: string;
  readonly inviter_id: string | null;
  status: "pending" | "accepted" | "revoked";
  readonly public_metadata: Metadata;
  readonly private_metadata: Metadata;
  readonly created_at: number;
  updated_at: number;
}

/** An attempt to sign in, of which a browser has one at a time. */
export interface SignIn {
  readonly id: string;
  readonly user_id: string | null;
  /** How the user last tried to verify, such as `password`. */
  strategy: string | null;
  created_session_id: string | null;
}

/** An attempt to sign up, of which a browser has one at a time. */
export interface SignUp {
  readonly id: string;
  /** In lower case. */
  email_address: string | null;
  password: string | null;
  first_name: string | null;
  last_name: string | null;
  created_user_id: string | null;
  created_session_id: string | null;
}

/** What Clerk knows of one browser. https://clerk.com/docs/reference/javascript/client */
export interface Client {
  readonly id: string;
  /** The ids of the sessions that it opened. */
  sessions: string[];
  last_active_session_id: string | null;
  sign_in: SignIn | null;
  sign_up: SignUp | null;
  readonly created_at: number;
}

/** https://clerk.com/docs/reference/backend-api/tag/sign-in-tokens */
export interface SignInToken {
  readonly id: string;
  readonly user_id: string;
  status: "pending" | "accepted" | "revoked";
  readonly expires_at: number;
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
  readonly invitations: Record<string, Invitation>;
  /** User id → password, as it was given: the emulator has no secrets. */
  readonly passwords: Record<string, string>;
  /** Token → what it is good for. */
  readonly sign_in_tokens: Record<string, SignInToken>;
  /** Id of the development browser → its client. */
  readonly clients: Record<string, Client>;
}

/** Everything but the keys. */
const empty = () => ({
  instance_id: newId("ins"),
  users: {},
  sessions: {},
  organizations: {},
  memberships: {},
  invitations: {},
  passwords: {},
  sign_in_tokens: {},
  clients: {},
});

/** An instance without users. @param key Its signing key; making one takes a quarter of a second */
export const emptyState = (key: SigningKey = newSigningKey()): ClerkState => ({
  ...empty(),
  signingKeys: [key],
});

/** Adds in place what a state lacks that an older version saved. */
export function completeState(state: ClerkState): void {
  const saved: Partial<ClerkState> = state;
  Object.assign(state, { ...empty(), ...saved });
}

/** An id in the length of Clerk's, such as `user_…`. */
export const newId = (prefix: string): string => `${prefix}_${crypto.randomUUID().replaceAll("-", "").slice(0, 27)}`;
