import type { ClerkClient } from "@clerk/backend";

/**
 * Runs an action with a session of the instance's oldest user, and revokes the session afterwards.
 *
 * @param action Gets the session token, which expires after a minute.
 * @returns undefined when the instance has no user
 */
export async function withUserSession<Result>(
  clerk: ClerkClient,
  action: (token: string) => Promise<Result>,
): Promise<Result | undefined> {
  const { data: [user] } = await clerk.users.getUserList({ orderBy: "+created_at", limit: 1 });
  if (user === undefined) return undefined;
  const session = await clerk.sessions.createSession({ userId: user.id });
  try {
    const { jwt } = await clerk.sessions.getToken(session.id);
    return await action(jwt);
  } finally {
    await clerk.sessions.revokeSession(session.id);
  }
}
