/** The users and organizations of the stack: those of the Clerk emulator, or of a real development instance. */
import { createClerkClient } from "@clerk/backend";
import {
  type ClerkState,
  completeState,
  createMembership,
  createOrganization,
  createUser,
} from "../../packages/clerk-emulator/mod.ts";
import { Failure } from "../lib/failure.ts";
import type { StackFile } from "../lib/stack_file.ts";

/** Every local user's. */
export const LOCAL_PASSWORD = "local-password";

const LOCAL_USERS = [
  { email_address: ["ada@example.com"], first_name: "Ada", last_name: "Lovelace" },
  { email_address: ["grace@example.com"], first_name: "Grace", last_name: "Hopper" },
  { email_address: ["alan@example.com"], first_name: "Alan", last_name: "Turing" },
];

/**
 * Adds three users to a new local instance: Ada is the admin and Grace a member of Acme, Alan is in no organization. The
 * users of an older one get the password, which they lack.
 */
export function addLocalUsers(state: ClerkState): void {
  completeState(state);
  if (Object.keys(state.users).length > 0) {
    for (const id of Object.keys(state.users)) state.passwords[id] ??= LOCAL_PASSWORD;
    return;
  }
  const [ada, grace] = LOCAL_USERS.map((user) => createUser(state, { ...user, password: LOCAL_PASSWORD }).id);
  const acme = createOrganization(state, { name: "Acme", slug: "acme", created_by: ada });
  createMembership(state, acme.id, { user_id: grace, role: "org:member" });
}

/**
 * Short name → user id, the oldest first; a short name is the part of the email address before the `@`.
 *
 * @throws Failure when Clerk does not answer, or refuses the key
 */
export async function listUsers(clerk: Pick<StackFile, "clerk_url" | "clerk_secret_key">) {
  const query = { orderBy: "+created_at", limit: 100 } as const;
  const { data } = await clerkClient(clerk).users.getUserList(query).catch((cause) => {
    const reason = cause.errors?.[0]?.message ?? cause.message;
    throw new Failure(`Clerk at "${clerk.clerk_url}" does not list its users: ${reason}`);
  });
  return Object.fromEntries(data.map((user) => {
    const [name] = user.primaryEmailAddress?.emailAddress.split("@") ?? [];
    return [name ?? user.username ?? user.id, user.id];
  }));
}

/**
 * Slug → organization id, the first created first.
 *
 * @throws Failure when Clerk does not answer, or refuses the key
 */
export async function listOrganizations(clerk: Pick<StackFile, "clerk_url" | "clerk_secret_key">) {
  const query = { orderBy: "+created_at", limit: 100 } as const;
  const { data } = await clerkClient(clerk).organizations.getOrganizationList(query).catch((cause) => {
    const [error] = cause.errors ?? [];
    if (error?.code === "organization_not_enabled_in_instance") return { data: [] };
    throw new Failure(
      `Clerk at "${clerk.clerk_url}" does not list its organizations: ${error?.message ?? cause.message}`,
    );
  });
  return Object.fromEntries(data.map(({ slug, id }) => [slug, id]));
}

/** Clerk's own client, for the Clerk of the stack. */
export function clerkClient({ clerk_url, clerk_secret_key }: Pick<StackFile, "clerk_url" | "clerk_secret_key">) {
  return createClerkClient({ apiUrl: clerk_url, secretKey: clerk_secret_key, telemetry: { disabled: true } });
}
