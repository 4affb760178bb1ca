import type { OrganizationJSON, UserJSON } from "@clerk/backend";
import { AppError } from "../errors.ts";
import { readFromClerk } from "./api.ts";

/** The most ids that one list of Clerk's takes. https://clerk.com/docs/reference/backend-api/tag/users/get/users */
const MOST = 100;

/**
 * Which of these owners Clerk does not have; one request.
 *
 * @param ids At most a hundred, all of users or all of organizations.
 * @throws AppError `clerk_unavailable`, `not_configured`
 */
export async function findMissingOwners(ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const found = new Set(ids[0]!.startsWith("org_") ? await listOrganizations(ids) : await listUsers(ids));
  return ids.filter((id) => !found.has(id));
}

async function listUsers(ids: readonly string[]): Promise<string[]> {
  const users = await readFromClerk<UserJSON[]>(`users?${query("user_id", ids)}`);
  return idsOf(users);
}

/** https://clerk.com/docs/reference/backend-api/tag/organizations/get/organizations */
async function listOrganizations(ids: readonly string[]): Promise<string[]> {
  const page = await readFromClerk<{ data: OrganizationJSON[] }>(`organizations?${query("organization_id", ids)}`);
  return idsOf(page?.data);
}

const query = (name: string, ids: readonly string[]) =>
  new URLSearchParams([["limit", String(MOST)], ...ids.map((id) => [name, id])]);

/** An answer that is no list does not mean that Clerk has none of them. */
function idsOf(list: unknown): string[] {
  if (Array.isArray(list)) return list.map(({ id }) => id);
  throw AppError.clerkUnavailable(new Error("Clerk did not return a list"));
}
