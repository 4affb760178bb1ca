import type { UserJSON } from "@clerk/backend";
import { clerkEnv } from "../env.ts";
import { logWarning } from "../log.ts";
import type { User } from "./verify_token.ts";

/** How a customer is described at Stripe; what is not known is left out. */
export interface Profile {
  email?: string;
  name?: string;
}

/**
 * Email and name of a user: the token's claims where they are, else Clerk's Backend API. Without Clerk it is empty,
 * because a customer without an email is better than none.
 */
export async function readProfile(user: User): Promise<Profile> {
  const { email, name } = user.claims;
  if (typeof email === "string") return profile(email, name);
  try {
    return await fetchProfile(user.id);
  } catch (cause) {
    logWarning("Clerk did not give a user's profile: the customer is described later", cause);
    return {};
  }
}

/** https://clerk.com/docs/reference/backend-api/tag/users/get/users/{user_id} */
async function fetchProfile(userId: string): Promise<Profile> {
  const { apiUrl, secretKey } = clerkEnv();
  if (secretKey === undefined) return {};

  const response = await fetch(`${apiUrl}/v1/users/${userId}`, {
    headers: { authorization: `Bearer ${secretKey}` },
    signal: AbortSignal.timeout(3_000),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw Object.assign(new Error("Clerk refused to show a user"), { status: response.status });
  }
  const user = await response.json() as UserJSON;
  const primary = user.email_addresses.find(({ id }) => id === user.primary_email_address_id);
  return profile(primary?.email_address, [user.first_name, user.last_name].filter(Boolean).join(" "));
}

/** Within what Stripe takes: it would refuse the whole customer for one bad field, and half a character fits no form. */
function profile(email: unknown, name: unknown): Profile {
  return {
    ...typeof email === "string" && email.length <= 512 && email.isWellFormed() &&
      /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email) && { email },
    ...typeof name === "string" && name.trim() !== "" &&
      { name: name.trim().slice(0, 256).toWellFormed() },
  };
}
