/** The active organization of a session. */
export interface Organization {
  /** Clerk's `org_…`. */
  readonly id: string;
  /** The member's role without the prefix `org:`, like `admin`. */
  readonly role: string;
}

/**
 * The active organization in a session token's claims: `o` in version 2, `org_id` and `org_role` in version 1. Undefined
 * without one, and for malformed claims. https://clerk.com/docs/guides/sessions/session-tokens
 */
export function organizationOf(claims: Record<string, unknown>): Organization | undefined {
  const { o, org_id, org_role } = claims;
  const { id, rol } = (o === undefined ? { id: org_id, rol: org_role } : o ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || !/^org_\w+$/.test(id)) return undefined;
  const [, role] = typeof rol === "string" ? rol.match(/^(?:org:)?(\w+)$/) ?? [] : [];
  return role === undefined ? undefined : { id, role };
}
