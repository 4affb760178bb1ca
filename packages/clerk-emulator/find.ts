/** Each finds an object by its id, and throws Clerk's 404 when there is none. */
import { clerkError, notFound } from "./errors.ts";
import type { ClerkState, Organization, Session, User } from "./state.ts";

export function requireUser(state: ClerkState, id: string): User {
  return find(state.users, id) ?? raise(notFound("user", id));
}

export function requireSession(state: ClerkState, id: string): Session {
  return find(state.sessions, id) ?? raise(notFound("session", id));
}

export function requireOrganization(state: ClerkState, id: string): Organization {
  const missing = clerkError(404, "resource_not_found", "not found", "Given organization not found.");
  return find(state.organizations, id) ?? raise(missing);
}

/** An id such as `constructor` names no object. */
const find = <Found>(all: Record<string, Found>, id: string): Found | undefined =>
  Object.hasOwn(all, id) ? all[id] : undefined;

/** Throws, where only an expression may stand. */
export function raise(error: Error): never {
  throw error;
}
