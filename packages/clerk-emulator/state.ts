/** What the local Clerk knows; plain JSON, so that it survives a restart. */
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
  public_metadata: Record<string, unknown>;
  private_metadata: Record<string, unknown>;
  unsafe_metadata: Record<string, unknown>;
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
  readonly created_at: number;
}

export interface ClerkState {
  /** The last one signs; all of them are in the key set. */
  signingKeys: SigningKey[];
  readonly users: Record<string, User>;
  readonly sessions: Record<string, Session>;
}

/** An instance without users. @param key Its signing key, of which making one takes a quarter of a second. */
export const emptyState = (key: SigningKey = newSigningKey()): ClerkState => ({
  signingKeys: [key],
  users: {},
  sessions: {},
});

/** `user_…`, `sess_…`, in the length of Clerk's. */
export const newId = (prefix: string): string => `${prefix}_${crypto.randomUUID().replaceAll("-", "").slice(0, 27)}`;
