import type { OrganizationJSON, UserJSON } from "@clerk/backend";
import type { Owner } from "../contract/owner.ts";
import { logWarning } from "../log.ts";
import { hasClerkKey, readFromClerk } from "./api.ts";
import type { User } from "./verify_token.ts";

/** How a customer is described at Stripe; unknown fields are left out. */
export interface Profile {
  email?: string;
  name?: string;
}

/**
 * A user's email and name, from the token's claims if it has an email, otherwise from Clerk's Backend API; an
 * organization's name, from the Backend API. Empty when Clerk does not answer: a customer without a description is better
 * than no customer.
 *
 * @param user The caller, who is the owner or a member of it.
 */
export async function readProfile(owner: Owner, user: User): Promise<Profile> {
  const { email, name } = user.claims;
  // A session token's template writes an empty text for a field that the user had not set.
  if (owner.kind === "user" && typeof email === "string" && email.trim() !== "") return profile(email, name);
  if (!hasClerkKey()) return {};
  try {
    const found = await fetchProfile(owner);
    if (found !== null) return found;
    logWarning(`Clerk has no such ${owner.kind}: the customer is not described`, undefined);
  } catch (cause) {
    logWarning(`Clerk did not return the profile of the ${owner.kind}: the customer is described later`, cause);
  }
  return {};
}

/**
 * The profile as Clerk's Backend API has it now; null when Clerk has no such owner.
 *
 * @throws AppError `clerk_unavailable`, `not_configured`
 */
export const fetchProfile = (owner: Owner): Promise<Profile | null> =>
  owner.kind === "user" ? fetchUser(owner.id) : fetchOrganization(owner.id);

/** https://clerk.com/docs/reference/backend-api/tag/users/get/users/{user_id} */
async function fetchUser(id: string): Promise<Profile | null> {
  const user = await readFromClerk<UserJSON>(`users/${encodeURIComponent(id)}`);
  if (user === null) return null;
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  return profile(primary?.email_address, [user.first_name, user.last_name].filter(Boolean).join(" "));
}

/** https://clerk.com/docs/reference/backend-api/tag/organizations/get/organizations/{organization_id} */
async function fetchOrganization(id: string): Promise<Profile | null> {
  const organization = await readFromClerk<OrganizationJSON>(`organizations/${encodeURIComponent(id)}`);
  return organization && profile(undefined, organization.name);
}

/** Keeps what Stripe is known to accept: each field that it refuses costs a request. */
function profile(email: unknown, name: unknown): Profile {
  const address = typeof email === "string" ? email.trim() : "";
  const text = typeof name === "string" ? cutName(name.trim().toWellFormed()) : "";
  return {
    ...address.length <= 512 && address.isWellFormed() && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(address) &&
      { email: address },
    ...text !== "" && { name: text },
  };
}

/** Stripe's limit for `name`, in characters; UTF-16 units are never fewer than these. */
const MAX_NAME = 256;

/** Cuts a name to the limit after a whole character as people see it, such as an emoji of several code points. */
function cutName(name: string): string {
  if (name.length <= MAX_NAME) return name;
  let end = 0;
  for (const { index, segment } of new Intl.Segmenter().segment(name.slice(0, 2 * MAX_NAME))) {
    if (index + segment.length > MAX_NAME) break;
    end = index + segment.length;
  }
  // One "character" of more than 256 units: cut after a code point.
  if (end === 0) end = name.slice(0, MAX_NAME).isWellFormed() ? MAX_NAME : MAX_NAME - 1;
  return name.slice(0, end).trimEnd();
}
