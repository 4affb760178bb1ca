import type { OrganizationJSON, UserJSON } from "@clerk/backend";
import type { Owner } from "../contract/owner.ts";
import { clerkEnv } from "../env.ts";
import { logWarning } from "../log.ts";
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
  if (owner.kind === "user" && typeof email === "string") return profile(email, name);
  try {
    return owner.kind === "user" ? await fetchUser(owner.id) : await fetchOrganization(owner.id);
  } catch (cause) {
    logWarning(`Clerk did not return the profile of the ${owner.kind}: the customer is described later`, cause);
    return {};
  }
}

/** https://clerk.com/docs/reference/backend-api/tag/users/get/users/{user_id} */
async function fetchUser(id: string): Promise<Profile> {
  const user = await fetchResource<UserJSON>(`users/${encodeURIComponent(id)}`);
  if (user === undefined) return {};
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  return profile(primary?.email_address, [user.first_name, user.last_name].filter(Boolean).join(" "));
}

/** https://clerk.com/docs/reference/backend-api/tag/organizations/get/organizations/{organization_id} */
async function fetchOrganization(id: string): Promise<Profile> {
  const organization = await fetchResource<OrganizationJSON>(`organizations/${encodeURIComponent(id)}`);
  return organization === undefined ? {} : profile(undefined, organization.name);
}

/** Undefined without a secret key. */
async function fetchResource<Resource>(path: string): Promise<Resource | undefined> {
  const { apiUrl, secretKey } = clerkEnv();
  if (secretKey === undefined) return undefined;

  const response = await fetch(`${apiUrl}/v1/${path}`, {
    headers: { authorization: `Bearer ${secretKey}` },
    signal: AbortSignal.timeout(3_000),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw Object.assign(new Error("Clerk refused the request"), { status: response.status });
  }
  return await response.json() as Resource;
}

/** Keeps what Stripe accepts: it refuses the whole customer for one bad field, and a lone surrogate cannot be encoded. */
function profile(email: unknown, name: unknown): Profile {
  return {
    ...typeof email === "string" && email.length <= 512 && email.isWellFormed() &&
      /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email) && { email },
    ...typeof name === "string" && name.trim() !== "" &&
      { name: name.trim().slice(0, 256).toWellFormed() },
  };
}
