/** The people of the stack: three of the local Clerk's, or the newest of a real development instance. */
import { createClerkClient } from "@clerk/backend";
import { type ClerkState, createUser } from "../../packages/clerk-emulator/mod.ts";
import { Failure } from "../lib/failure.ts";
import type { StackFile } from "../lib/stack_file.ts";

const LOCAL_USERS = [
  { email_address: ["ada@example.com"], first_name: "Ada", last_name: "Lovelace" },
  { email_address: ["grace@example.com"], first_name: "Grace", last_name: "Hopper" },
  { email_address: ["alan@example.com"], first_name: "Alan", last_name: "Turing" },
];

/** Adds the three users to a new local instance. */
export function addLocalUsers(state: ClerkState): void {
  if (Object.keys(state.users).length > 0) return;
  for (const user of LOCAL_USERS) createUser(state, user);
}

/**
 * Short name → user id, the first created first; a short name is what stands before the `@` of the email address.
 *
 * @throws Failure when Clerk doesn't answer, or refuses the key
 */
export async function listUsers(clerk: Pick<StackFile, "clerk_url" | "clerk_secret_key">) {
  const query = { orderBy: "+created_at", limit: 100 } as const;
  const { data } = await clerkClient(clerk).users.getUserList(query).catch((cause) => {
    const reason = cause.errors?.[0]?.message ?? cause.message;
    throw new Failure(`Clerk at "${clerk.clerk_url}" doesn't list its users: ${reason}`);
  });
  return Object.fromEntries(data.map((user) => {
    const [name] = user.primaryEmailAddress?.emailAddress.split("@") ?? [];
    return [name ?? user.username ?? user.id, user.id];
  }));
}

/** Clerk's own client, on whichever Clerk the stack has. */
export function clerkClient({ clerk_url, clerk_secret_key }: Pick<StackFile, "clerk_url" | "clerk_secret_key">) {
  return createClerkClient({ apiUrl: clerk_url, secretKey: clerk_secret_key, telemetry: { disabled: true } });
}
